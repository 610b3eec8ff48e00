"""One row of the agenda: when a shipment or webhook must next be looked at, and how its key says so.

The RowKey is `<due>|<shipment or webhook>|<nonce>`, with the lane in front while work of the shipment is on
its way through the queues. The nonce keeps the rows of repeated requests apart and begins with the lane of
its order.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.orders.decision import visit_after
from shared.domain.orders.ids import ItemId
from shared.domain.orders.order import ChannelSchema
from shared.domain.orders.shipment import AgendaKey
from shared.domain.webhooks.webhook import VISIT_EVERY
from shared.records.keys import instant_key, instant_of

ANY_LANE = "B"
CONDITION_LANE = "C"  # of shipments of any channel whose condition is being asked
_LANE_OF = {ChannelSchema.EMAIL: "E", ChannelSchema.SMS: "S"}
LANES = (
    ANY_LANE,
    CONDITION_LANE,
    *_LANE_OF.values(),
)  # above digits, which instants begin with, and below small letters


@dataclass(frozen=True, slots=True)
class AgendaEntry:
    """A row: the shipment, how often its work was handed over, when it closes at the latest.

    `written_at` is the real time at which the order was first noted, in seconds since the epoch. `owner` is
    empty in rows that were written before it was noted.
    """

    key: AgendaKey
    item: ItemId
    visits: int
    deadline: datetime
    written_at: float
    owner: str = ""

    @property
    def due_at(self) -> datetime:
        """When the shipment is to be looked at."""
        return due_at(self.key)

    def moved(self, due_at: datetime, *, visits: int, asks: bool = False) -> "AgendaEntry":
        """Return the entry as it will be after a move within its shard.

        With its work handed over it may have to wait for the queues, except at its deadline; `asks` says that
        the work is to ask its condition.
        """
        nonce = agenda_parts(self.key.row_key)[2]
        under_way = visits > 0 and due_at != self.deadline
        key = AgendaKey(self.key.shard, agenda_row(due_at, self.item, nonce, under_way=under_way, asks=asks))
        return replace(self, key=key, visits=visits)

    def visited(self, now: datetime) -> "AgendaEntry":
        """Return the entry as it will be after a visit that hands its work over; a webhook has no end."""
        if self.item.is_webhook:
            return self.moved(now + VISIT_EVERY, visits=0)
        return self.moved(visit_after(self.visits, now, self.deadline), visits=self.visits + 1)


def lane_of(schema: ChannelSchema) -> str:
    """Return the lane of an order that uses these channels."""
    return _LANE_OF.get(schema, ANY_LANE)


def agenda_row(due_at: datetime, item: ItemId, nonce: str, *, under_way: bool, asks: bool = False) -> str:
    """Return the RowKey of an agenda row; `under_way` puts it among the rows of its lane."""
    of_channels = nonce[0] if nonce[0] in LANES else ANY_LANE
    lane = (CONDITION_LANE if asks else of_channels) if under_way else ""
    return f"{lane}{instant_key(due_at)}|{item}|{nonce}"


def agenda_parts(row_key: str) -> tuple[str, str, str]:
    """Return the due instant as text, the shipment id and the nonce of an agenda RowKey."""
    due, _, rest = row_key.lstrip("".join(LANES)).partition("|")
    shipment, _, nonce = rest.partition("|")
    return due, shipment, nonce


def due_at(key: AgendaKey) -> datetime:
    """Return when the row is due; ValueError when its key names no instant."""
    return instant_of(agenda_parts(key.row_key)[0])
