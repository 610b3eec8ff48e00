"""Permits that a process takes ahead of the calls it expects, so that it need not write the row for each.

The stock is as large as what the process used of late in the time for which permits last. What is left of it
then lapses: its turns have passed as they would have without any work. So nothing has to be given back, and
no limit is exceeded.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from shared.domain.sending.provider_limits import Ask, Limit, Permit, ProviderState, take, take_ahead

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Stock:
    """What is left in stock; `used` counts the calls permitted since it was filled, at `filled_at`.

    While others wait in the queue of the provider the stock is `only_waited`: for work that has waited, too.
    It `is_short` if there were fewer turns than were asked for, or expected to be.
    """

    calls: int = 0
    used: int = 0
    filled_at: datetime = _NEVER
    start_before: datetime = _NEVER
    only_waited: bool = False
    is_short: bool = False

    def permit(self, ask: Ask, now: datetime) -> Permit | None:
        """Return a permit for all that is asked; None when the stock has none for it."""
        is_valid = self.filled_at <= now < self.start_before
        if not is_valid or ask.calls > self.calls or (self.only_waited and not ask.waited):
            return None
        return Permit(ask.calls, self.start_before)

    def without(self, permit: Permit) -> "Stock":
        """Return the stock after this permit was taken from it."""
        return replace(self, calls=self.calls - permit.calls, used=self.used + permit.calls)


def granted(
    stock: Stock, state: ProviderState, limits: Sequence[Limit], asks: Sequence[Ask], now: datetime
) -> tuple[ProviderState, list[Permit], Stock]:
    """Take turns for all who ask and for those who are expected; return the state, permits and new stock."""
    permits = []
    for ask in asks:
        state, permit = take(state, limits, ask, now)
        permits.append(permit)
    state, stock = refilled(stock, state, limits, permits, now)
    return state, permits, stock


def refilled(
    stock: Stock, state: ProviderState, limits: Sequence[Limit], granted: Sequence[Permit], now: datetime
) -> tuple[ProviderState, Stock]:
    """Take turns ahead in the write that has `granted` permits; return the state and the new stock."""
    if not limits or state.failures:
        return state, Stock()
    grace = min(limit.grace for limit in limits)
    since = now - stock.filled_at
    # twice at most: two calls that come together say little about the next ones
    expected = int(min(2, grace / since) * stock.used) if since and now < stock.filled_at + 2 * grace else 0
    state, calls = take_ahead(state, limits, max(0, expected), now)
    only_waited = any(cursor.queue_end > now for cursor in state.cursors.values())
    is_short = calls < expected or any(permit.again_at is not None for permit in granted)
    used = sum(permit.calls for permit in granted)
    return state, Stock(calls, used, now, now + grace, only_waited, is_short)
