"""The way into a simulated endpoint without side effects: counted, and subject to the fault rules."""

from collections.abc import Callable, Sequence

from aiohttp import web

from devstack.simulators.fault_responses import after_effect, before_effect
from devstack.simulators.faults import FaultBook
from devstack.simulators.stats import Stats


class Gate:
    """Lets requests through to their answer unless a rule says otherwise."""

    def __init__(self, faults: FaultBook, stats: Stats) -> None:
        self._faults = faults
        self._stats = stats

    async def answer(
        self, request: web.Request, target: str, effect: Callable[[], web.Response], **facts: Sequence[str]
    ) -> web.Response:
        """Count the request for `target`, obey a rule that applies to it, else answer with `effect`."""
        self._stats.request(target)
        rule = self._faults.take(target, **facts)
        if (answer := await before_effect(rule, request)) is not None:
            return answer
        return await after_effect(rule, request, effect())
