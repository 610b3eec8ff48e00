"""Which shipment, page or notification a message on a queue is about, whatever kind of work it is."""

import orjson

from shared.domain.orders.ids import ItemId, parse_id


def item_in(body: bytes) -> ItemId | None:
    """Return the item that work of ours, or a report on an e-mail, names; None when it names none.

    The report of an SMS names a reference only.
    """
    try:
        value = orjson.loads(body)
        # an event has an id of its own, which is none of ours
        return parse_id(str(value["data"]["messageId"] if "data" in value else value["id"]))
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return None
