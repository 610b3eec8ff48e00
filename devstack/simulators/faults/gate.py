"""Counts requests to endpoints without side effects, and applies the fault rules to them."""

from collections.abc import Callable, Sequence

from aiohttp import web

from devstack.simulators.faults.book import FaultBook
from devstack.simulators.faults.notes import FaultNotes, Mishap
from devstack.simulators.faults.responses import after_effect, before_effect
from devstack.simulators.faults.rules import Action
from devstack.simulators.stats import Stats


class Gate:
    """Answers requests unless a fault rule prevents it."""

    def __init__(self, faults: FaultBook, stats: Stats, notes: FaultNotes) -> None:
        self._faults = faults
        self._notes = notes
        self._stats = stats

    async def answer(
        self, request: web.Request, target: str, effect: Callable[[], web.Response], **facts: Sequence[str]
    ) -> web.Response:
        """Count the request for `target`, and answer with `effect` or as a fault rule says.

        The effect is the answer only, so a lost answer is noted as a failed call for what `to` names.
        """
        self._stats.request(target)
        rule = self._faults.take(target, **facts)
        if rule is not None and rule.action is not Action.DELAY:
            self._notes.add(target, Mishap.CALL_FAILED, facts.get("to", ()))
        if (answer := await before_effect(rule, request)) is not None:
            return answer
        return await after_effect(rule, request, effect())
