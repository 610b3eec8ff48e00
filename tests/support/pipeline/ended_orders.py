"""Orders that have ended, in storage as the pipeline leaves them, without the work of sending them."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime

from shared.domain.orders.ended_shipment import closed_shipment
from shared.domain.orders.ids import IdMaker, ItemId
from shared.domain.orders.metrics import Counts
from shared.domain.orders.notification import EmailResult, Notification, SmsResult
from shared.domain.orders.order import (
    Channel,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderStatus,
    OrderType,
    Recipient,
    SmsTemplate,
)
from shared.domain.orders.shipment import AgendaKey, ShipmentState
from shared.ports.tables import Operation
from shared.records.columns import Row
from shared.records.shipment_rows import NewPage, NewShipment
from shared.runtime.clock import Clock
from shared.storage.feed.feed_batch import NewEntry
from shared.storage.feed.status_feed import StatusFeed
from shared.storage.gateway_references import GatewayReferences
from shared.storage.orders import OrderTable
from shared.storage.senders_references import SendersReferences
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process
from tests.support.pipeline.surroundings import Store

type Page = tuple[int, int]  # how many SMS and e-mails


class WatchedStore(Store):
    """Counts calls by table and kind, ranges that were read, writes by row, and how many were under way."""

    def __init__(self, clock: w.VirtualClock) -> None:
        super().__init__(Process(w.World(clock, clock)))
        self.forget()

    def forget(self) -> None:
        """Begin to count anew."""
        self.calls: Counter[tuple[str, str]] = Counter()
        self.ranges: Counter[tuple[str, str, str]] = Counter()
        self.written: Counter[tuple[str, str]] = Counter()
        self.under_way = self.most = 0

    async def _watched[T](self, table: str, kind: str, call: Awaitable[T]) -> T:
        self.calls[table, kind] += 1
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            return await call
        finally:
            self.under_way -= 1

    async def write(self, table: str, partition_key: str, operations: Sequence[Operation]) -> list[str]:
        self.written.update((table, operation.row_key) for operation in operations)
        return await self._watched(table, "write", super().write(table, partition_key, operations))

    async def get(
        self, table: str, partition_key: str, row_key: str, select: Sequence[str] | None = None
    ) -> Row | None:
        return await self._watched(table, "get", super().get(table, partition_key, row_key, select))

    async def query(
        self,
        table: str,
        partition_key: str,
        *,
        above: str,
        below: str,
        limit: int,
        select: Sequence[str] | None = None,
    ) -> list[Row]:
        self.ranges[table, partition_key, above] += 1
        query = super().query(table, partition_key, above=above, below=below, limit=limit)
        rows = await self._watched(table, "query", query)
        if select is None:
            return rows
        return [replace(row, columns={k: v for k, v in row.columns.items() if k in select}) for row in rows]


class EndedOrders:
    """Ends orders of owners."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._clock = clock
        self.ids = IdMaker(b"0" * 32)
        self.orders, self.feed = OrderTable(store), StatusFeed(store, clock)
        self.gateway_references, self.senders_references = (
            GatewayReferences(store),
            SendersReferences(store, self.ids),
        )

    async def end(
        self,
        owner: str,
        *orders: Sequence[Page],
        counted: bool = True,
        senders_reference: Callable[[int], str] | None = None,
        digest: str | None = None,
    ) -> list[ItemId]:
        """End orders now, each given as its pages, or as its only row; return their ids.

        Sender's and gateway references are indexed when there is a `senders_reference` by number.
        """
        items: list[ItemId] = []
        entries: list[NewEntry] = []
        for number, pages in enumerate(orders):
            new = self._order(owner, pages, digest)
            if senders_reference is not None:
                new = replace(new, order=replace(new.order, senders_reference=senders_reference(number)))
                await self._index(new)
            await self.orders.insert_pages([new])
            indexed = () if senders_reference is None else self.senders_references.inserts([new])
            await self.orders.insert([new], indexed)
            closed = closed_shipment(str(new.item), new.order, new.state)
            if counted and closed.pages:
                closed = replace(closed, on_pages=sum(map(sum, pages)))
            items.append(new.item)
            entries.append(NewEntry(closed, Counts(orders=1)))
        assert set(await self.feed.append(owner, entries)) <= {None}
        return items

    def _order(self, owner: str, pages: Sequence[Page], digest: str | None) -> NewShipment:
        at, item = self._clock.now(), self.ids.random_chain().of_shipment(1)
        key = AgendaKey("00", "r")
        states = [ShipmentState(OrderStatus.COMPLETED, at, key, notifications(at, *page)) for page in pages]
        to = (Recipient("somebody@example.no", "+4790000000"),)
        order = OrderRequest(
            OrderType.NOTIFICATION,
            at,
            ChannelSchema.EMAIL_AND_SMS,
            to,
            email=EmailTemplate("from@example.com", "hemmelig", "hemmelig"),
            sms=SmsTemplate("Altinn", "hemmelig"),
        )
        if len(pages) == 1:
            return NewShipment(item, owner, at, order, states[0], digest=digest)
        state = ShipmentState(OrderStatus.COMPLETED, at, key, pages=len(pages), pages_done=len(pages))
        rows = tuple(NewPage(item.of_page(n), to, one) for n, one in enumerate(states, 1))
        return NewShipment(item, owner, at, replace(order, recipients=()), state, digest=digest, pages=rows)

    async def _index(self, new: NewShipment) -> None:
        rows: list[NewShipment | NewPage] = [new, *new.pages]
        for row in rows:
            for n in row.state.notifications:
                if n.reference is not None:
                    await self.gateway_references.register(n.reference, row.item.of_notification(n.slot))


_references = iter(range(10**9))


def notifications(at: datetime, sms: int, emails: int) -> tuple[Notification, ...]:
    """Return delivered notifications of one row, SMS first, each SMS with a gateway reference of its own."""
    return (
        *(
            Notification(n, 0, Channel.SMS, f"+47900{n:05}", SmsResult.DELIVERED, at, f"r{next(_references)}")
            for n in range(1, sms + 1)
        ),
        *(
            Notification(n, 0, Channel.EMAIL, f"p{n}@example.no", EmailResult.DELIVERED, at)
            for n in range(sms + 1, sms + emails + 1)
        ),
    )
