"""The way into a simulated endpoint without side effects: counted, and subject to the fault rules."""

from collections.abc import Callable, Sequence

from aiohttp import web

from devstack.simulators.faults.book import FaultBook
from devstack.simulators.faults.notes import FaultNotes, Mishap
from devstack.simulators.faults.responses import after_effect, before_effect
from devstack.simulators.faults.rules import Action
from devstack.simulators.stats import Stats


class Gate:
    """Lets requests through to their answer unless a rule says otherwise."""

    def __init__(self, faults: FaultBook, stats: Stats, notes: FaultNotes) -> None:
        self._faults = faults
        self._notes = notes
        self._stats = stats

    async def answer(
        self, request: web.Request, target: str, effect: Callable[[], web.Response], **facts: Sequence[str]
    ) -> web.Response:
        """Count the request for `target`, obey a rule that applies to it, else answer with `effect`.

        Nothing is done here but to answer: whoever gets no answer got nothing, for what `to` names.
        """
        self._stats.request(target)
        rule = self._faults.take(target, **facts)
        if rule is not None and rule.action is not Action.DELAY:
            self._notes.add(target, Mishap.CALL_FAILED, facts.get("to", ()))
        if (answer := await before_effect(rule, request)) is not None:
            return answer
        return await after_effect(rule, request, effect())
