"""A preview and what then really happens agree, as long as the registers say the same.

Orders of every kind are previewed and then sent by the real pipeline, in a world in which nothing fails. The
clock jumps from one due instant to the next.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from hypothesis import event, given, settings
from hypothesis import strategies as st

from shared.domain.orders.order import (
    ChainRequest,
    Channel,
    ChannelSchema,
    EmailContentType,
    EmailTemplate,
    OrderRequest,
    OrderType,
    Recipient,
    SendingTimePolicy,
    SmsTemplate,
)
from shared.domain.preview.preview import ShipmentPreview
from shared.domain.preview.reach import Reach
from shared.domain.preview.texts import EXAMPLE_NAME
from shared.domain.recipients.email_address import address_key
from shared.domain.recipients.phone import e164
from shared.domain.texts.sms_text import segment_count
from shared.ports.email import OutgoingEmail
from shared.ports.sms import OutgoingSms
from shared.records.agenda_entry import agenda_parts
from shared.records.keys import instant_of
from shared.runtime.errors import MissingContactError
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process
from tests.support.pipeline.world import registered

GONE = "09017012345"
# The last addresses are those that the registers have of the first people.
PEOPLE = ("01017012345", "02027012346", "03037012349", GONE)
NUMBERS = ("+4790000001", "+4790000002", *(registered(PEOPLE[0]).mobiles))
EMAILS = ("a@example.no", "B@example.no", "b@example.no", *(registered(PEOPLE[1]).emails))
ORGANIZATIONS = ("310000019", "311000020")
TEXTS = ("hei", "\u2019", "€", "Til $recipientName$ ($recipientNumber$)", "<b>$recipientName$</b>", "x" * 158)
VALUES = ("1", "<2> &", "\u2019", " ")
DAY = datetime(2031, 3, 3, tzinfo=UTC)
CLOCK_CHANGES = (DAY, datetime(2031, 3, 29, tzinfo=UTC), datetime(2031, 10, 25, tzinfo=UTC))
ROUNDS = 200
MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Sent:
    """A message that a provider took."""

    channel: Channel
    to: str
    subject: str
    text: str
    at: datetime


class Recorder:
    """The providers of a process, with what they took and when."""

    def __init__(self, process: Process) -> None:
        self.sent: list[Sent] = []
        self._clock = process.world.clock
        self._gateway, self._email = process.sms_calls.sms_gateway, process.email_calls.email_provider
        process.sms_calls.sms_gateway = self  # type: ignore[attr-defined]
        process.email_calls.email_provider = self  # type: ignore[attr-defined]

    async def submit(self, messages: Sequence[OutgoingSms]) -> Any:
        self.sent += [Sent(Channel.SMS, m.to, "", m.text, self._clock.now()) for m in messages]
        return await self._gateway.submit(messages)

    async def send(self, email: OutgoingEmail) -> Any:
        self.sent.append(Sent(Channel.EMAIL, email.to, email.subject, email.body, self._clock.now()))
        return await self._email.send(email)

    async def answers(self) -> Any:
        return await self._gateway.answers()

    async def operation(self, operation_id: str) -> Any:
        return await self._email.operation(operation_id)


GIVEN = st.builds(Recipient, st.sampled_from(EMAILS), st.sampled_from((None, *NUMBERS))) | st.builds(
    Recipient, st.none(), st.sampled_from(NUMBERS)
)
LOOKED_UP = st.sampled_from(
    [Recipient(national_identity_number=number) for number in PEOPLE]
    + [Recipient(organization_number=number) for number in ORGANIZATIONS]
)


@st.composite
def orders(draw: st.DrawFn, kind: OrderType, at: datetime, most: int) -> OrderRequest:
    schema = draw(st.sampled_from(ChannelSchema))
    text = f"{kind.value} {draw(st.sampled_from(TEXTS))}"  # tells the shipments of a chain apart
    recipients = draw(st.lists(GIVEN | LOOKED_UP, min_size=1, max_size=most))
    if draw(st.booleans()):
        text += " {{sak}}"
        recipients = [replace(each, fields={"sak": draw(st.sampled_from(VALUES))}) for each in recipients]
    return OrderRequest(
        kind,
        at,
        schema,
        tuple(recipients),
        condition_endpoint=draw(st.sampled_from([None, "https://sender.example"])),
        email=EmailTemplate("from@example.no", text, text, draw(st.sampled_from(EmailContentType))),
        sms=SmsTemplate("Altinn", text),
        sending_time_policy=draw(st.sampled_from([None, *SendingTimePolicy])),
        ignore_reservation=draw(st.booleans()),
    )


@st.composite
def requests(draw: st.DrawFn) -> tuple[datetime, ChainRequest]:
    """Draw when a request comes, and the request."""
    now = draw(st.sampled_from(CLOCK_CHANGES)) + timedelta(minutes=draw(st.integers(0, 24 * 60)))
    at = now + timedelta(minutes=draw(st.sampled_from([0, 0, 7, 700])))
    if draw(st.booleans()):
        return now, ChainRequest(draw(orders(OrderType.NOTIFICATION, at, 6)))
    main = draw(orders(OrderType.NOTIFICATION, at, 1))
    later = at + timedelta(days=draw(st.integers(1, 2)))
    reminders = draw(st.lists(orders(OrderType.REMINDER, later, 1), max_size=1))
    return now, ChainRequest(main, tuple(reminders), idempotency_id=f"id-{draw(st.integers(0, 10**6))}")


@given(requests(), st.booleans())
@settings(max_examples=100, deadline=None)
def test_preview_and_pipeline_agree(wanted: tuple[datetime, ChainRequest], in_pages: bool) -> None:
    now, request = wanted
    with patch("shared.services.placing.place_order.RECIPIENTS_PER_PAGE", 2 if in_pages else 100):
        asyncio.run(compare(now, request))


@given(st.integers(0, 24 * 60), st.booleans(), st.sampled_from(TEXTS))
@settings(max_examples=20, deadline=None)
def test_preview_and_instant_message_agree(minutes: int, is_sms: bool, text: str) -> None:
    now = DAY + timedelta(minutes=minutes)
    order = OrderRequest(
        OrderType.INSTANT,
        now,
        ChannelSchema.SMS if is_sms else ChannelSchema.EMAIL,
        (Recipient(mobile_number=NUMBERS[0]) if is_sms else Recipient(EMAILS[0]),),
        email=EmailTemplate("from@example.no", text, text),
        sms=SmsTemplate("Altinn", text),
        time_to_live_seconds=300 if is_sms else None,
    )
    asyncio.run(compare(now, ChainRequest(order, idempotency_id="id"), instant=True))


async def compare(now: datetime, request: ChainRequest, *, instant: bool = False) -> None:
    world = w.World(w.VirtualClock(now), w.VirtualClock(now), gone={GONE})
    process = Process(world)
    recorder = Recorder(process)
    preview = await process.app.preview_order("ttd", request)
    assert not world.tables.rows
    assert not world.messages
    try:
        place = process.send_instant if instant else process.place
        receipt = await place("ttd", request)
    except MissingContactError:
        assert not preview.is_accepted
        event("refused")
        return
    assert preview.is_accepted
    assert preview.lookup == receipt.lookup
    await run_to_end(process)
    assert instant or not world.broken_rules  # instant messages have no placeholders
    for shipment in preview.shipments:
        kind = shipment.order.type.value
        of_shipment = [s for s in recorder.sent if instant or s.text.startswith(kind)]
        agree(shipment, of_shipment, exact=request.idempotency_id is not None)


def agree(shipment: ShipmentPreview, sent: Sequence[Sent], *, exact: bool) -> None:
    """Check who got what and when; `exact` if the place in the spread was known before."""
    times = {each.channel: each for each in shipment.departures}
    counted = Counter((each.channel, same(each.to)) for each in sent)
    assert all(count == 1 for count in counted.values()) or has_names(shipment)
    told = Counter((m.channel, same(m.address)) for one in shipment.recipients for m in one.messages)
    assert told <= counted
    known = {
        same(address)
        for one, to in zip(shipment.recipients, shipment.order.recipients, strict=True)
        if one.reach in (Reach.FOUND, Reach.RESERVED)
        for points in [registered(to.national_identity_number or to.organization_number or "")]
        for address in (*points.emails, *points.mobiles)
    }
    assert {to for _, to in counted - told} <= known
    for each in sent:
        window = times[each.channel]
        assert window.earliest is not None
        assert window.latest is not None
        assert window.earliest <= each.at <= window.latest + ROUNDS * MOMENT
        assert not exact or window.earliest == window.latest
        assert each.at <= window.worth_until
        assert as_shown(shipment, each), (each, shipment.texts)
    if shipment.count.messages:
        event(f"sent {'held' if any(t.is_held for t in times.values()) else 'at once'}")


def same(address: str) -> str:
    """Return what spellings of an address have in common.

    Pages that need no lookup get their messages first, so another of two spellings may be written to.
    """
    return address_key(address) if "@" in address else e164(address)


def as_shown(shipment: ShipmentPreview, sent: Sent) -> bool:
    """Whether a text of the preview is what was sent, with the names that the register has."""
    for shown in shipment.texts:
        if shown.channel is not sent.channel:
            continue
        readers = [shipment.order.recipients[shown.index]] if shown.index is not None else [Recipient()]
        name = f"navn {readers[0].national_identity_number or readers[0].organization_number}"
        same_subject = shown.subject is None or shown.subject.replace(EXAMPLE_NAME, name) == sent.subject
        if same_subject and shown.body.replace(EXAMPLE_NAME, name) == sent.text:
            assert shown.sms is None or shown.has_example_name or shown.sms.parts == segment_count(sent.text)
            return True
    return False


def has_names(shipment: ShipmentPreview) -> bool:
    """Whether readers of one address get texts of their own."""
    return any(text.index is not None for text in shipment.texts)


async def run_to_end(process: Process) -> None:
    """Wake what is due and handle what follows, then jump to the next due instant, until all has left."""
    world = process.world
    end = world.clock.at + timedelta(days=5)
    for _ in range(ROUNDS):
        await process.carry_out()
        await process.release_due()
        await process.carry_out()
        now = world.clock.at
        ahead = [instant_of(agenda_parts(row)[0]) for _, _, row in world.tables.agenda()]
        ahead += [message.active_from for message in world.messages if isinstance(message, w.Enqueued)]
        if not ahead or min(ahead) > end:
            return
        world.clock.at = world.real_time.at = (
            max(now, min(ahead)) + MOMENT
        )  # rows are due when their time has passed
