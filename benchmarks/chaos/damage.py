"""Does the damage of a plan in its time, one thing after the other; what comes late is not hurried."""

import heapq
import itertools
import time
from collections.abc import Callable
from functools import partial

from benchmarks.chaos.blows import Blows
from benchmarks.chaos.plan import Plan
from benchmarks.chaos.timeline import Outage, Strike
from devstack.progress import Progress

_STEPS = 8  # in which the hours of an outage pass


class Damage:
    """Strikes and outages by the time at which they are due, in seconds from the start."""

    def __init__(self, blows: Blows, plan: Plan, say: Progress) -> None:
        self._blows = blows
        self._say = say
        self._started = 0.0
        self._order = itertools.count()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        for strike in plan.strikes:
            self._plan(strike.at, partial(self._strike, strike))
        for outage in plan.outages:
            self._plan(outage.at, partial(self._suffer if outage.is_total else self._begin, outage))

    def do(self) -> None:
        """Return when all is done and every part is back."""
        self._started = time.monotonic()
        while self._due:
            at, _, act = heapq.heappop(self._due)
            time.sleep(max(0.0, at - self._now()))
            act()

    def _now(self) -> float:
        return time.monotonic() - self._started

    def _plan(self, at: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._due, (at, next(self._order), act))

    def _strike(self, strike: Strike) -> None:
        self._say(f"{strike.blow.value} ({strike.seconds:.1f} s)")
        self._blows.strike(strike)

    def _begin(self, outage: Outage) -> None:
        """Take a part away and go on with other blows; its hours pass meanwhile."""
        self._say(f"{outage.part.value} away for {outage.hours:.1f} hours ({outage.way})")
        self._blows.begin(outage)
        self._next(outage, _STEPS)

    def _next(self, outage: Outage, steps_left: int) -> None:
        act = partial(self._step, outage, steps_left) if steps_left else partial(self._end, outage)
        self._plan(self._now() + outage.seconds / (_STEPS + 1), act)

    def _step(self, outage: Outage, steps_left: int) -> None:
        self._blows.let_time_pass(outage, 1 / _STEPS)
        self._next(outage, steps_left - 1)

    def _suffer(self, outage: Outage) -> None:
        """Take a part away without which nothing can be asked, until it is back."""
        self._say(f"{outage.part.value} away for {outage.hours:.1f} hours ({outage.way})")
        self._blows.begin(outage)
        for _ in range(_STEPS):
            time.sleep(outage.seconds / (_STEPS + 1))
            self._blows.let_time_pass(outage, 1 / _STEPS)
        time.sleep(outage.seconds / (_STEPS + 1))
        self._end(outage)

    def _end(self, outage: Outage) -> None:
        self._blows.end(outage)
        self._say(f"{outage.part.value} back")
