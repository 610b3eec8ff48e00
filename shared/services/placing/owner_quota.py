"""The quota of each owner: how many orders and recipients it may place, or preview, a minute.

It holds over all processes. It is one row per owner, in the form of the limits of a provider, and nothing is
read or written where no quota is set. Requests of one owner that come together share a read and a conditional
write; owners do not wait for each other.
"""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from shared.domain.orders.order import ChainRequest
from shared.domain.sending.allowance import Allowance
from shared.domain.sending.provider_limits import Cursor
from shared.ports.tables import TableStore
from shared.runtime.bounded import Bounded
from shared.runtime.clock import Clock
from shared.runtime.errors import ConflictError, TooManyRequestsError, TransientError
from shared.runtime.group_commit import GroupCommit
from shared.storage.keys import owner_quota
from shared.storage.provider_states import ProviderStates

ORDERS, RECIPIENTS = "Orders", "Recipients"
_TAKE_SECONDS = 10.0
_ASKS_PER_WRITE = 100
_ROUNDS = 10
_FIRST_PAUSE_SECONDS = 0.002
_MAX_OWNERS = 1000  # remembered: beyond that one owner's requests may need several writes

type _Wanted = Mapping[str, int]


class OwnerQuota:
    """Lets owners place, or do `what` else, within their quota. Time is real time."""

    def __init__(
        self, *, store: TableStore, quotas: Mapping[str, Allowance], real_time: Clock, what: str = "owner"
    ) -> None:
        self._store = store
        self._what = what  # names the row, so that each kind of work has a quota of its own
        self._quotas = quotas  # by ORDERS and RECIPIENTS; without an entry there is no limit
        self._real_time = real_time
        self._owners: Bounded[str, GroupCommit[_Wanted, float]] = Bounded(_MAX_OWNERS)

    async def __call__(self, owner: str, request: ChainRequest) -> None:
        """Count a request, whose reminders are orders too, unless it is refused.

        TooManyRequestsError: over the quota. TransientError: it could not be counted.
        """
        if not self._quotas:
            return
        orders = (request.main, *request.reminders)
        wanted = {ORDERS: len(orders), RECIPIENTS: sum(len(order.recipients) for order in orders)}
        group = self._owners.made(
            owner, lambda: GroupCommit(partial(self._take, owner), max_items=_ASKS_PER_WRITE)
        )
        wait = await group.commit(wanted, _TAKE_SECONDS)
        if wait:
            raise TooManyRequestsError("the owner has used its quota", wait)

    async def _take(self, owner: str, asks: Sequence[_Wanted]) -> list[float]:
        """Return for how many seconds each request has to wait; 0 for those that were counted."""
        rows = ProviderStates(self._store, owner_quota(owner, self._what), list(self._quotas))
        for attempt in range(_ROUNDS):
            stored = await rows.load()
            before = {
                name: stored.state.cursors.get(name, Cursor()).free_at.timestamp() for name in self._quotas
            }
            whole_at, waits = self._share_out(before, asks)
            if whole_at == before:
                return waits
            cursors = {name: Cursor(datetime.fromtimestamp(at, UTC)) for name, at in whole_at.items()}
            try:
                await rows.save(stored, replace(stored.state, cursors=cursors))
            except ConflictError:
                await asyncio.sleep(_FIRST_PAUSE_SECONDS * random.uniform(0, 2**attempt))  # noqa: S311  jitter
            else:
                return waits
        raise TransientError("the quota of an owner stayed contended")

    def _share_out(
        self, whole_at: Mapping[str, float], asks: Sequence[_Wanted]
    ) -> tuple[Mapping[str, float], list[float]]:
        now = self._real_time.now().timestamp()
        waits: list[float] = []
        for wanted in asks:
            wait = max(quota.wait(whole_at[name], now, wanted[name]) for name, quota in self._quotas.items())
            if not wait:
                whole_at = {
                    name: quota.take(whole_at[name], now, wanted[name])
                    for name, quota in self._quotas.items()
                }
            waits.append(wait)
        return whole_at, waits
