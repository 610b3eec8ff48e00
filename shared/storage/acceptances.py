"""Notes that a provider accepted a message, beside the row of its order, which does not say so yet.

Most messages are alone in their row, and their report follows within seconds. So the row is not written for
their acceptance. The sender leaves a note here, in a partition that notes share, so that under load one call
writes many. The report then writes the result. Until then whoever loads the row gets it with what the note
says.

A note is inserted and never changed. The gateway's reference of an SMS is inserted with it, together with a
copy of the row as it was claimed, so that a report finds the row and its ETag by one read.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.orders.ids import ItemId
from shared.domain.orders.lifetime import LONGEST_LIFE
from shared.domain.orders.notification import EmailResult, Notification, Outcome, SmsResult
from shared.domain.orders.order import Channel, OrderStatus, OrderType
from shared.ports.tables import Insert, RowOperationError, TableStore
from shared.records.columns import Columns
from shared.records.shipment_rows import StoredShipment, copy_columns
from shared.runtime.errors import TransientError
from shared.runtime.run_time import RunTime
from shared.storage.access.grouped import MAX_OPERATIONS, GroupedPartitions, delete_each
from shared.storage.keys import (
    GATEWAY_REFERENCES,
    REFERENCE_SHARDS,
    accepted_for,
    accepted_key,
    accepted_range,
    reference_key,
    shard_of,
)

_NOTE_SECONDS = 10.0
# Between two writes to a partition. A report should not come before the reference of an SMS that it names.
_EMAILS_APART = 0.25
_REFERENCES_APART = 0.04
_LONGEST_LIFE = 2 * LONGEST_LIFE  # from the requested time: an SMS may wait for its window before it lives
_ACCEPTED: dict[Channel, EmailResult | SmsResult] = {
    Channel.EMAIL: EmailResult.SENDING,
    Channel.SMS: SmsResult.ACCEPTED,
}
_log = logging.getLogger(__name__)


class Acceptances:
    """Writes, finds and removes notes."""

    def __init__(self, store: TableStore) -> None:
        self._store = store
        self._groups = {
            Channel.EMAIL: GroupedPartitions(store, GATEWAY_REFERENCES, apart=_EMAILS_APART),
            Channel.SMS: GroupedPartitions(store, GATEWAY_REFERENCES, apart=_REFERENCES_APART),
        }

    async def note(self, sent: StoredShipment, outcomes: Mapping[int, Outcome], real_now: datetime) -> bool:
        """Note that the only message of a row was accepted; False when the row itself has to say so.

        `sent` is the row as it was when its provider was called, `outcomes` what came of that by slot.
        """
        notification = only_one(sent)
        outcome = None if notification is None else outcomes.get(notification.slot)
        if notification is None or outcome is None or outcome.result is not _ACCEPTED[notification.channel]:
            return False
        claim = sent.state.claims.get(notification.channel)
        if notification.channel is Channel.EMAIL:
            is_safe = claim is None
        else:  # whoever takes the claim over looks for a note first, so it must outlast the note
            is_safe = claim is not None and real_now + timedelta(seconds=_NOTE_SECONDS) < claim.until
        if not is_safe:
            return False
        item = sent.item.of_notification(notification.slot)
        columns: Columns = {"At": outcome.at.isoformat()}
        if outcome.reference is not None:
            columns["Reference"] = outcome.reference
        change: tuple[Insert, ...] = (Insert(_key(sent, item), columns),)
        if notification.channel is Channel.EMAIL:
            partition = _shard_of_email(sent)
        elif outcome.reference is None:
            return False
        else:
            partition, row_key = reference_key(outcome.reference)
            change = (Insert(row_key, {"Notification": str(item), **copy_columns(sent)}), *change)
        try:
            groups = self._groups[notification.channel]
            return await groups.apply(partition, change, deadline=_NOTE_SECONDS, unless=409)
        except (TransientError, RowOperationError) as error:
            _log.info("that %s was accepted could not be noted: %s", sent.item, error)
            return False

    async def added_to(self, stored: StoredShipment) -> StoredShipment:
        """Return a row with the acceptance that is noted of it, if there is one.

        An SMS costs up to four reads, because its reference, which is not known yet, names the partition.
        """
        notification = only_one(stored)
        if notification is None or not _may_be_noted(stored, notification):
            return stored
        accepted = await self.noted_of(stored)
        if accepted is None:
            return stored
        state = stored.state.with_outcomes({notification.slot: accepted}, accepted.at)
        return replace(stored, state=state.with_claim(notification.channel, None))

    async def noted_of(self, stored: StoredShipment) -> Outcome | None:
        """Return the acceptance that is noted of a row, also after its report; None if there is none."""
        notification = only_one(stored)
        if notification is None:
            return None
        item = stored.item.of_notification(notification.slot)
        is_email = notification.channel is Channel.EMAIL
        for shard in (_shard_of_email(stored),) if is_email else REFERENCE_SHARDS:
            row = await self._store.get(GATEWAY_REFERENCES, shard, _key(stored, item))
            if row is not None:
                at, reference = datetime.fromisoformat(str(row.columns["At"])), row.columns.get("Reference")
                return Outcome(
                    _ACCEPTED[notification.channel], at, None if reference is None else str(reference)
                )
        return None

    async def purge_before(self, before: datetime, run: RunTime) -> datetime | None:
        """Delete the notes of shipments that ended before an instant, until the run is over.

        Returns when the shipment of the oldest note that is left ended, at the latest; None: nothing is left.
        """
        came_to = [await self._purge_shard(shard, before - _LONGEST_LIFE, run) for shard in REFERENCE_SHARDS]
        oldest = min((at for at in came_to if at is not None), default=None)
        return None if oldest is None else oldest + _LONGEST_LIFE

    async def _purge_shard(self, shard: str, before: datetime, run: RunTime) -> datetime | None:
        above, below = accepted_range(before)
        while rows := await self._store.query(
            GATEWAY_REFERENCES, shard, above=above, below=below, limit=MAX_OPERATIONS, select=("RowKey",)
        ):
            if run.is_over():
                return accepted_for(rows[0].row_key)
            await delete_each(self._store, GATEWAY_REFERENCES, shard, [row.row_key for row in rows])
            if len(rows) < MAX_OPERATIONS:
                break
        return None


def only_one(stored: StoredShipment) -> Notification | None:
    """Return the notification of a row that has no other; None of pages, and of instant orders."""
    notifications = stored.state.notifications
    if len(notifications) != 1 or stored.item.page or stored.order.type is OrderType.INSTANT:
        return None
    return notifications[0]


def _may_be_noted(stored: StoredShipment, notification: Notification) -> bool:
    """Whether the provider may have been called without a word in the row."""
    state = stored.state
    if state.status is not OrderStatus.PROCESSED or not notification.is_unsent:
        return False
    if notification.channel is Channel.EMAIL:
        return state.forwarded_at is not None
    claim = state.claims.get(Channel.SMS)
    return claim is not None and notification.slot in claim.calls


def _shard_of_email(stored: StoredShipment) -> str:
    """Return the partition of the note, which follows from its order, so that it is found by one read."""
    return REFERENCE_SHARDS[int(shard_of(stored.item), 16) % len(REFERENCE_SHARDS)]


def _key(stored: StoredShipment, item: ItemId) -> str:
    return accepted_key(stored.order.requested_send_at, item)
