"""Attacks with orders as large as the limits allow."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from itertools import islice, repeat
from typing import Any
from urllib.parse import quote

from benchmarks.neighbours.field import API, Field
from benchmarks.neighbours.persons import identity_numbers
from benchmarks.orders import PATH

_MANY = 100_000
_BODY_BYTES = 29_500_000  # a little below the limit of a request
_EMAILS, _SMS = f"{API}/orders/email", f"{API}/orders/sms"
_REFERENCE = "one reference"


async def hostile_numbers(field: Field) -> None:
    """Two requests at once with 100 000 numbers each, as long as fits, then two with foreign numbers."""
    digits = "+49" + " 1" * ((_BODY_BYTES // _MANY - 25) // 2)
    hostile = _order(({"mobileNumber": digits} for _ in range(_MANY)), body="b")
    foreign = _order({"mobileNumber": f"+4915{number:09d}"} for number in range(_MANY))  # without a text
    await field.begin()
    for body in (hostile, foreign):
        await field.crowd.ask_all(repeat(field.post(_SMS, body), 2), 2)


async def one_reference(field: Field) -> None:
    """40 orders for 100 000 e-mails with one reference, then their list, and the feed of their owner."""
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    addresses = [{"emailAddress": f"h{number}@e.no"} for number in range(_MANY)]
    body = _order(addresses, subject="s", body="b", sendersReference=_REFERENCE, requestedSendTime=tomorrow)
    await field.begin()
    await field.crowd.ask_all(repeat(field.post(_EMAILS, body), 40), 4)
    placed = field.crowd.statuses[202]
    field.note(f"{placed} of 40 placed")
    reads = (f"{API}/orders?sendersReference={quote(_REFERENCE)}", f"{API}/future/shipment/feed")
    requests = [field.get(path) for path in reads * 10]
    await field.crowd.ask_all(requests, 4)


async def orders_for_persons(field: Field) -> None:
    """Two orders at once for 100 000 persons each, known by their national identity numbers."""
    people = [{"nationalIdentityNumber": number} for number in islice(identity_numbers(), _MANY)]
    body = _order(people, subject="s", body="b")
    await field.begin()
    await field.crowd.ask_all(repeat(field.post(_EMAILS, body), 2), 2)
    await asyncio.sleep(15.0)  # their pages are looked up and closed meanwhile


async def long_texts(field: Field) -> None:
    """400 orders with texts of 512 Ki emoji, read again while their texts are remembered."""
    text = "\U0001f600" * (512 * 1024)
    bodies = [_long_order(number, text) for number in range(4)]
    await field.begin()
    numbered = (
        field.post(PATH, bodies[number % 4].replace(b"hostile-", b"hostile-%d-" % number, 1))
        for number in range(400)
    )
    await field.crowd.ask_all(numbered, 8)


def _long_order(number: int, text: str) -> bytes:
    settings = {"subject": "s", "body": text[number:]}
    recipient = {"recipientEmail": {"emailAddress": "h@example.no", "emailSettings": settings}}
    order = {"idempotencyId": "hostile-", "recipient": recipient}
    return json.dumps(order, ensure_ascii=False).encode()


def _order(recipients: Any, **members: str) -> bytes:
    written = recipients if isinstance(recipients, list) else list(recipients)
    return json.dumps({"recipients": written, **members}).encode()
