"""Calls to a provider that fail, and clocks and a store for processes that share its row."""

from collections import Counter
from datetime import timedelta
from typing import Any

from shared.domain.sending.provider_limits import Limit
from shared.ports.sending import SendOutcome, SendStatus
from shared.services.sending.permit_calls import PermitCalls
from tests.support.pipeline import world as w
from tests.support.pipeline.surroundings import Store

ACCEPTED, REFUSED = SendOutcome(SendStatus.ACCEPTED), SendOutcome(SendStatus.REFUSED)
FAILED, DOUBT = SendOutcome(SendStatus.NOT_SENT), SendOutcome(SendStatus.IN_DOUBT)
WRONG = SendOutcome(SendStatus.NOT_SENT, wrong_settings="SOME_SETTING")
TEN_A_MINUTE = Limit("Minute", 10, timedelta(minutes=1))
HUNDRED_A_MINUTE = Limit("Minute", 100, timedelta(minutes=1))


class CountedStore:
    """A store whose calls are counted by name."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        self.calls[name] += 1
        return getattr(self._store, name)


class Clocks:
    """Both clocks; they move together unless only one is moved."""

    def __init__(self) -> None:
        self.business, self.real = w.VirtualClock(w.start_of_day()), w.VirtualClock(w.start_of_day())

    def pass_(self, seconds: float) -> None:
        """Let time pass."""
        self.business.at += timedelta(seconds=seconds)
        self.real.at += timedelta(seconds=seconds)


def full(seconds: float | None = None) -> SendOutcome:
    """Return what a provider answers that is full, and for how long."""
    return SendOutcome(SendStatus.NOT_SENT, retry_after=seconds)


async def fail(permit_calls: PermitCalls, outcome: SendOutcome = FAILED) -> bool:
    """Make one call that the provider does not answer, if one is permitted; return whether it was."""
    permit = await permit_calls(1, waited=True)
    if permit.calls:
        await permit_calls.note(permit, outcome)
    return bool(permit.calls)
