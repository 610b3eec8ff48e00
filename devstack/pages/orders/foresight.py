"""What the compose page shows of a preview: the same facts, in the words of the page."""

from collections.abc import Iterable, Mapping
from typing import Any

from devstack.pages.formats import oslo

_CHANNELS = {"email": "e-mail", "sms": "SMS"}
_REASONS = {
    "OnlyChannel": "the only channel of the order",
    "BothChannels": "the order wants both",
    "Preferred": "the preferred channel",
    "Instead": "no address for the preferred channel",
    "BothAddresses": "there are addresses for both",
}
_REACHES = {
    "Given": "the order gives an address",
    "Found": "a register has a contact",
    "Missing": "no register has a contact",
    "Reserved": "reserved",
    "Unusable": "the address is of another kind than the channel needs",
}
_REFUSALS = {400: "Placing would be refused.", 429: "Too many previews: wait a moment."}
_SHOWN_PEOPLE = 10

type Json = Mapping[str, Any]


def told(status: int, document: Any) -> dict[str, Any]:
    """Return what the page shows of the answer to a preview: a verdict, problems or shipments."""
    if status != 200:
        text = _REFUSALS.get(status, f"There is no preview: HTTP {status}.")
        return {"good": False, "verdict": text, "problems": list(_problems(document)), "shipments": []}
    good = document["accepted"] and not document["repeat"]
    verdict = "Placing would be accepted."
    if document["repeat"]:
        verdict = "Placing would send nothing new: the idempotency id is known."
    elif not good:
        verdict = "Placing would be refused: a recipient cannot be reached."
    shipments = [_shipment(each, number) for number, each in enumerate(document["shipments"])]
    return {"good": good, "verdict": verdict, "problems": [], "shipments": shipments}


def sentence(shown: Json) -> str:
    """Return what is read aloud of a preview when it changes."""
    sizes = [text["size"] for each in shown["shipments"][:1] for text in each["texts"] if text["size"]]
    warnings = sum(len(each["warnings"]) for each in shown["shipments"])
    count = f"{warnings} warning{'' if warnings == 1 else 's'}." if warnings else ""
    return " ".join(filter(None, [shown["verdict"], *sizes, *shown["problems"][:1], count]))


def _problems(document: Any) -> Iterable[str]:
    if not isinstance(document, dict):
        return
    for key, texts in document.get("errors", {}).items():
        yield from (f"{key}: {text}" if key else text for text in texts)


def _shipment(shipment: Json, number: int) -> dict[str, Any]:
    return {
        "name": f"Reminder {number}" if number else "The order",
        "departures": [_departure(each) for each in shipment["departures"]],
        "people": [_person(each) for each in shipment["recipients"][:_SHOWN_PEOPLE]],
        "more": max(0, shipment["counts"]["recipients"] - _SHOWN_PEOPLE),
        "texts": [_text(each) for each in shipment["texts"]],
        "price": _price(shipment.get("price")),
        "condition": shipment.get("condition"),
        "warnings": [each["text"] for each in shipment["warnings"]],
    }


def _departure(departure: Json) -> dict[str, str]:
    channel = _CHANNELS[departure["channel"]]
    if "earliest" not in departure:
        return {"channel": channel, "leaves": "never", "until": oslo(departure["worthUntil"])}
    leaves = oslo(departure["earliest"])
    if departure["latest"] != departure["earliest"]:
        leaves += f" to {oslo(departure['latest'])}"
    held = ", held until the window opens" if departure["held"] else ""
    return {"channel": channel, "leaves": leaves + held, "until": oslo(departure["worthUntil"])}


def _person(recipient: Json) -> str:
    messages = [
        f"{_CHANNELS[each['channel']]} to {each['address']}, {_REASONS[each['reason']]}"
        for each in recipient.get("messages", [])
    ]
    if messages:
        return "; ".join(messages)
    return "the same address as another" if recipient.get("duplicates") else _REACHES[recipient["reach"]]


def _text(text: Json) -> dict[str, Any]:
    sms = text.get("sms")
    return {
        "channel": _CHANNELS[text["channel"]],
        "sender": text["sender"],
        "subject": text.get("subject"),
        "body": text["body"],
        "example": text.get("hasExampleName", False),
        "size": None if sms is None else _size(sms),
        "forcing": [] if sms is None else sms["forcing"],
    }


def _size(sms: Json) -> str:
    parts, without = sms["parts"], sms["partsWithoutForcing"]
    count = f"{parts} part{'' if parts == 1 else 's'}"
    if without != parts:
        count = f"{without} → {count}"
    return f"{count}, {sms['units']} characters in {sms['encoding'].upper()}."


def _price(price: Json | None) -> str | None:
    if price is None:
        return None
    each = [f"{_CHANNELS[name]} {price[name]}" for name in ("email", "sms") if name in price]
    return f"{price['total']} {price['currency']} ({', '.join(each)} each)" if each else None
