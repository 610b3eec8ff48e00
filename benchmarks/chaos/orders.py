"""The orders of a chaos run: every kind that can go wrong in its own way, each with a mark in all its texts.

A message in the outbox leads by its mark to its order; that is how messages are judged one by one.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from benchmarks.orders import PATH, address
from devstack.simulators.altinn.fixtures import (
    CROWD,
    IDENTITY_EMAIL,
    ORG_WITH_BOTH,
    ORG_WITH_EMAIL,
    ORG_WITH_USERS,
    PERSON_EMAIL_ONLY,
    PERSON_WITH_BOTH,
)

BULK_RECIPIENTS = 250  # three pages
REMINDER = "r"  # behind the mark of the main order
ATTEMPT = "x"  # behind the mark of a bulk order, which has no idempotency id: then the number of the attempt

_MARK = re.compile(rf"Ref ([es]\d+(?:{REMINDER}|{ATTEMPT}\d+)?)\b")
_BODY = "Your application has been received and is being processed. You find it in your inbox."
_BULK_PATH = "/notifications/api/v1/orders/"
_RESOURCE = "urn:altinn:resource:chaos-service"
_FIRST_REMINDER = 20_000  # numbers of addresses, all below one hundred thousand
_FIRST_BULK = 40_000
_PEOPLE = (PERSON_EMAIL_ONLY, PERSON_WITH_BOTH)
_ORGANISATIONS = (ORG_WITH_EMAIL, ORG_WITH_BOTH, ORG_WITH_USERS)


class Kind(StrEnum):
    """What an order asks for."""

    PLAIN = "to an address"
    LATER = "to be sent later"
    CANCELLED = "cancelled by its owner"
    PERSON = "to a person, looked up"
    ORGANISATION = "to an organisation, looked up"
    IDENTITY = "to a self-identified user, looked up"
    WANTED = "with a condition that is met"
    UNWANTED = "with a condition that is not met"
    UNCLEAR = "with a condition that is unclear at first"
    REMINDED = "with a reminder after hours"
    REMINDED_NEXT_DAY = "with a reminder after a day"
    BULK = f"to {BULK_RECIPIENTS} recipients"


@dataclass(frozen=True, slots=True)
class Order:
    """One order to place, `at` seconds after the start. `number` is below ten thousand per channel."""

    at: float
    channel: str
    number: int
    kind: Kind = Kind.PLAIN
    daytime: bool = False

    @property
    def mark(self) -> str:
        """What its texts say of it."""
        return f"{self.channel[0]}{self.number}"

    @property
    def recipients(self) -> int:
        """How many messages each of its shipments has."""
        if self.kind is Kind.BULK:
            return BULK_RECIPIENTS
        return 2 if self.kind is Kind.ORGANISATION and _organisation(self) is ORG_WITH_USERS else 1

    @property
    def own_addresses(self) -> list[str]:
        """The addresses that no other order has, so that a fault rule for one of them hits this order."""
        match self.kind:
            case Kind.BULK:
                return bulk_addresses(self)
            case Kind.ORGANISATION | Kind.IDENTITY:
                return []
            case Kind.PERSON:
                return [] if self.channel == "email" else [str(CROWD[self.number % len(CROWD)].mobile)]
            case _:
                return [address(self.channel, self.number)]


def mark_in(text: str) -> str:
    """Return the mark that a text carries; ValueError when it has none, for every message has one."""
    if (found := _MARK.search(text)) is None:
        raise ValueError("a message without a mark reached the outbox")
    return found[1]


def order_mark(mark: str) -> str:
    """Return the mark of the order that a shipment belongs to."""
    return re.split(rf"{REMINDER}|{ATTEMPT}", mark)[0]


def bulk_addresses(order: Order) -> list[str]:
    """Return the recipients of a bulk order; their numbers begin at zero."""
    first = _FIRST_BULK + order.number * BULK_RECIPIENTS
    return [address(order.channel, first + place) for place in range(BULK_RECIPIENTS)]


def request(order: Order, *, now: datetime, platform: str, attempt: int) -> tuple[str, dict[str, Any]]:
    """Return path and document that place an order; `now` is business time, `attempt` counts from 1.

    `platform` is the address of the simulated Altinn platform, which has condition endpoints. Repeats of an
    order have the same idempotency id; a bulk order has none, so each attempt is an order of its own.
    """
    if order.kind is Kind.BULK:
        return _BULK_PATH + order.channel, _bulk(order, attempt)
    document: dict[str, Any] = {
        "idempotencyId": order.mark,
        "sendersReference": order.mark,
        "recipient": _recipient(order, order.mark),
    }
    match order.kind:
        case Kind.LATER:
            document["requestedSendTime"] = _in(now, minutes=1 + order.number % 30)
        case Kind.CANCELLED:
            document["requestedSendTime"] = _in(now, minutes=15 + order.number % 30)
        case Kind.WANTED:
            document["conditionEndpoint"] = _condition(platform, "true?", order.mark)
        case Kind.UNWANTED:
            document["conditionEndpoint"] = _condition(platform, "false?", order.mark)
        case Kind.UNCLEAR:
            document["conditionEndpoint"] = _condition(platform, "sequence?answers=error,true&", order.mark)
        case Kind.REMINDED:
            at = {"requestedSendTime": _in(now, minutes=60 + order.number % 180)}
            document["reminders"] = [_reminder(order, platform) | at]
        case Kind.REMINDED_NEXT_DAY:
            document["reminders"] = [_reminder(order, platform) | {"delayDays": 1}]
        case _:
            pass
    return PATH, document


def _in(now: datetime, *, minutes: int) -> str:
    return (now + timedelta(minutes=minutes)).isoformat()


def _condition(platform: str, question: str, mark: str) -> str:
    return f"{platform}/conditions/{question}order={mark}"


def _reminder(order: Order, platform: str) -> dict[str, Any]:
    mark = order.mark + REMINDER
    reminder = {
        "sendersReference": mark,
        "recipient": _to(order, address(order.channel, _FIRST_REMINDER + order.number), mark),
    }
    if order.number % 2:
        reminder["conditionEndpoint"] = _condition(platform, "true?", mark)
    return reminder


def _recipient(order: Order, mark: str) -> dict[str, Any]:
    match order.kind:
        case Kind.PERSON:
            is_sms = order.channel == "sms"
            person = (CROWD if is_sms else _PEOPLE)[order.number % len(CROWD if is_sms else _PEOPLE)]
            return {"recipientPerson": {"nationalIdentityNumber": person.nin, **_looked_up(order, mark)}}
        case Kind.ORGANISATION:
            known = {"orgNumber": _organisation(order).number, "resourceId": _RESOURCE}
            return {"recipientOrganization": known | _looked_up(order, mark)}
        case Kind.IDENTITY:
            known = {"externalIdentity": IDENTITY_EMAIL.urn}
            return {"recipientExternalIdentity": known | _looked_up(order, mark)}
        case _:
            return _to(order, address(order.channel, order.number), mark)


def _organisation(order: Order) -> Any:
    return _ORGANISATIONS[order.number % len(_ORGANISATIONS)]


def _to(order: Order, to: str, mark: str) -> dict[str, Any]:
    if order.channel == "email":
        return {"recipientEmail": {"emailAddress": to, "emailSettings": _email(mark)}}
    return {"recipientSms": {"phoneNumber": to, "smsSettings": _sms(order, mark)}}


def _looked_up(order: Order, mark: str) -> dict[str, Any]:
    if order.channel == "email":
        return {"channelSchema": "Email", "emailSettings": _email(mark, "Dear $recipientName$. ")}
    return {"channelSchema": "Sms", "smsSettings": _sms(order, mark, "$recipientName$: ")}


def _email(mark: str, greeting: str = "") -> dict[str, str]:
    return {"subject": f"Ref {mark} of your application", "body": greeting + _BODY}


def _sms(order: Order, mark: str, greeting: str = "") -> dict[str, str]:
    policy = "Daytime" if order.daytime else "Anytime"
    return {"body": f"{greeting}Ref {mark}. {_BODY}", "sendingTimePolicy": policy}


def _bulk(order: Order, attempt: int) -> dict[str, Any]:
    mark = f"{order.mark}{ATTEMPT}{attempt}"
    member = "emailAddress" if order.channel == "email" else "mobileNumber"
    recipients = [{member: to} for to in bulk_addresses(order)]
    texts = _email(mark) if order.channel == "email" else {"body": f"Ref {mark}. {_BODY}"}
    return {"sendersReference": mark, "recipients": recipients, **texts}
