"""Calls to the e-mail provider: what makes a repeat recognisable, and what is asked before a second call."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from shared.domain.orders.ids import IdMaker
from shared.domain.orders.notification import EmailResult, Notification
from shared.domain.orders.order import (
    LONG_TEXT,
    Attachment,
    ChainRequest,
    Channel,
    ChannelSchema,
    EmailTemplate,
    OrderRequest,
    OrderStatus,
    OrderType,
    Recipient,
)
from shared.domain.orders.shipment import AgendaKey, Claim, ShipmentState
from shared.domain.sending.provider_limits import Permit
from shared.ports.email import (
    AttachmentProblem,
    EmailAttachment,
    EmailOperation,
    EmailOperationStatus,
    FilesPutOff,
)
from shared.ports.sending import SendOutcome, SendStatus
from shared.records.shipment_rows import StoredShipment
from shared.runtime.errors import TransientError
from shared.services.sending.permit_calls import PermitCalls
from shared.services.sending.send_email import FETCH, STARTING, YOUNG, EmailCalls
from shared.storage.provider_states import ProviderStates
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process
from tests.support.pipeline.surroundings import Store

ITEM = IdMaker(b"0" * 32).random_chain().of_shipment(1)
NOW, MINUTE = w.start_of_day(), timedelta(minutes=1)
ACCEPTED, IN_DOUBT = SendOutcome(SendStatus.ACCEPTED, "r"), SendOutcome(SendStatus.IN_DOUBT)
FILE = Attachment("vedtak.pdf", "application/pdf", "https://files.example.no/?sig=x")
PERMIT = Permit(200)


@dataclass
class Provider:
    """Answers as told, and notes what it was sent and asked."""

    outcome: SendOutcome = ACCEPTED
    status: EmailOperationStatus = EmailOperationStatus.NOT_FOUND
    sent: list = field(default_factory=list)
    asked: list = field(default_factory=list)

    async def send(self, email):
        self.sent.append(email)
        return self.outcome

    async def operation(self, operation_id):
        self.asked.append(operation_id)
        return EmailOperation(self.status, result=EmailResult.FAILED_BOUNCED)


class Files:
    """The files of a sender, or the problem with them."""

    def __init__(self):
        self.problem = None

    @asynccontextmanager
    async def fetched(self, attachments, *, owner, max_bytes):
        assert owner in {"ttd", "honest"}
        assert bool(max_bytes) is bool(attachments)
        found = tuple(EmailAttachment(file.filename, file.mime_type, b"file") for file in attachments)
        yield self.problem or found


class Bench:
    def __init__(self):
        self.clock = w.VirtualClock(NOW)
        store = Store(Process(w.World(self.clock, self.clock)))
        permits = PermitCalls(states=ProviderStates(store, "email", []), limits=(), clock=self.clock)
        self.provider, self.files = Provider(), Files()
        self.calls = EmailCalls(
            email_provider=self.provider, attachments=self.files, permits=permits, real_time=self.clock
        )

    async def send(self, stored):
        (outcome,) = await self.calls(stored, stored.state.notifications, PERMIT)
        return outcome


@pytest.fixture
async def bench():
    return Bench()


def stored(*, kind=OrderType.NOTIFICATION, forwarded_at=NOW, claim=None, files=(), email=True):
    order = OrderRequest(
        kind,
        NOW,
        ChannelSchema.EMAIL,
        (Recipient("kari@example.no"),),
        email=EmailTemplate("from@example.no", "Emne", "Tekst", attachments=files) if email else None,
    )
    state = ShipmentState(
        OrderStatus.PROCESSED,
        NOW,
        AgendaKey("00", "k"),
        (Notification(1, 0, Channel.EMAIL, "kari@example.no", EmailResult.NEW, NOW),),
        claims={} if claim is None else {Channel.EMAIL: claim},
        forwarded_at=forwarded_at,
    )
    return StoredShipment(ITEM, "ttd", NOW, order, state, "e1")


def claim(first_sent_at=NOW):
    return Claim("t", 2, NOW + timedelta(hours=1), first_sent_at)


async def test_young_work_needs_no_claim_and_old_or_claimed_work_does(bench):
    assert bench.calls.claim_time(stored()) is None
    bench.clock.at += YOUNG
    assert bench.calls.claim_time(stored()) is None
    assert bench.calls.claim_time(stored(claim=claim())) == STARTING + bench.calls.call_time
    bench.clock.at += timedelta(seconds=1)
    assert bench.calls.claim_time(stored()) == STARTING + bench.calls.call_time
    assert bench.calls.claim_time(stored(files=(FILE,))) == STARTING + bench.calls.call_time + FETCH


async def test_a_repeat_is_the_same_call_with_the_same_first_time(bench):
    assert await bench.send(stored()) == ACCEPTED
    bench.clock.at += YOUNG
    await bench.send(stored())
    first, second = bench.provider.sent
    assert first == second
    assert (first.operation_id, first.first_sent_at) == (str(ITEM.of_notification(1)), NOW)
    assert (first.to, first.sender, first.subject) == ("kari@example.no", "from@example.no", "Emne")
    assert bench.provider.asked == []


async def test_a_call_that_begins_too_late_to_be_recognised_is_not_made(bench):
    bench.clock.at += YOUNG + timedelta(seconds=1)
    assert await bench.send(stored()) == SendOutcome(SendStatus.NOT_SENT)
    assert bench.provider.sent == []


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (EmailOperationStatus.RUNNING, SendStatus.ACCEPTED),
        (EmailOperationStatus.SUCCEEDED, SendStatus.ACCEPTED),
        (EmailOperationStatus.FAILED, SendStatus.REFUSED),
        (EmailOperationStatus.UNKNOWN, SendStatus.IN_DOUBT),
        (EmailOperationStatus.THROTTLED, SendStatus.IN_DOUBT),
    ],
)
async def test_claimed_work_asks_first_and_is_not_sent_when_the_provider_may_have_it(bench, status, outcome):
    bench.provider.status = status
    assert (await bench.send(stored(claim=claim()))).status is outcome
    assert bench.provider.sent == []


async def test_claimed_work_that_the_provider_never_saw_is_sent_with_the_first_time_of_its_claim(bench):
    assert await bench.send(stored(claim=claim(NOW - MINUTE))) == ACCEPTED
    assert [email.first_sent_at for email in bench.provider.sent] == [NOW - MINUTE]


async def test_an_instant_email_is_sent_once_by_its_own_request_and_asks_nothing(bench):
    assert await bench.send(stored(kind=OrderType.INSTANT, claim=claim())) == ACCEPTED
    assert bench.provider.asked == []


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (EmailOperationStatus.RUNNING, SendStatus.ACCEPTED),
        (EmailOperationStatus.NOT_FOUND, SendStatus.IN_DOUBT),
        (EmailOperationStatus.UNKNOWN, SendStatus.IN_DOUBT),
    ],
)
async def test_a_lost_answer_is_asked_for(bench, status, expected):
    bench.provider.outcome, bench.provider.status = IN_DOUBT, status
    assert (await bench.send(stored())).status is expected
    assert bench.provider.asked == [str(ITEM.of_notification(1))]


async def test_a_refusal_counts_unless_it_may_be_about_the_repeat(bench):
    refused = SendOutcome(SendStatus.REFUSED, result=EmailResult.FAILED)
    bench.provider.outcome = refused
    assert await bench.send(stored()) == refused
    assert bench.provider.asked == []
    assert await bench.send(stored(claim=claim())) == refused
    assert len(bench.provider.asked) == 2, "before the call and after it"


async def test_files_go_with_the_email(bench):
    assert await bench.send(stored(kind=OrderType.COMPOSED, files=(FILE,))) == ACCEPTED
    (email,) = bench.provider.sent
    assert [file.content for file in email.attachments] == [b"file"]


@pytest.mark.parametrize(
    ("problem", "outcome"),
    [
        (AttachmentProblem.UNAVAILABLE, SendOutcome(SendStatus.NOT_SENT)),
        (FilesPutOff(12.5), SendOutcome(SendStatus.NOT_SENT, retry_after=12.5)),
        (
            AttachmentProblem.LINK_INVALID,
            SendOutcome(SendStatus.REFUSED, result=EmailResult.FAILED_INVALID_SAS_URL),
        ),
        (
            AttachmentProblem.TOO_LARGE,
            SendOutcome(SendStatus.REFUSED, result=EmailResult.FAILED_PAYLOAD_TOO_LARGE),
        ),
    ],
)
async def test_without_its_files_an_email_is_not_sent(bench, problem, outcome):
    bench.files.problem = problem
    assert await bench.send(stored(kind=OrderType.COMPOSED, files=(FILE,))) == outcome
    assert bench.provider.sent == []


async def test_an_order_without_a_text_for_emails_is_refused(bench):
    assert await bench.send(stored(email=False)) == SendOutcome(SendStatus.REFUSED, result=EmailResult.FAILED)


async def test_reports_need_no_reference(bench):
    assert await bench.calls.meet(stored(), {}) == {}


class SlowProvider(Provider):
    """Answers when it is let go; `most` is how many e-mails it had at once."""

    def __init__(self):
        super().__init__()
        self.let_go = asyncio.Event()
        self.now = self.most = 0

    async def send(self, email):
        self.now += 1
        self.most = max(self.most, self.now)
        await self.let_go.wait()
        self.now -= 1
        return await super().send(email)


def long_email(text, creator="ttd", recipients=1, kind=OrderType.NOTIFICATION):
    made = stored(kind=kind)
    notifications = tuple(replace(made.state.notifications[0], slot=n) for n in range(1, recipients + 1))
    order = replace(made.order, email=EmailTemplate("from@example.no", "Emne", text))
    return replace(made, creator=creator, order=order, state=replace(made.state, notifications=notifications))


async def begun(bench, *orders):
    tasks = [asyncio.create_task(bench.calls(one, one.state.notifications, PERMIT)) for one in orders]
    for _ in range(20):
        await asyncio.sleep(0)
    return tasks


async def test_of_long_emails_of_one_owner_few_are_under_way_and_others_come_again(bench):
    bench.calls.email_provider = provider = SlowProvider()
    greedy = await begun(bench, *[long_email("\U0001f600" * (LONG_TEXT + 1))] * 32)
    assert provider.most == 2
    honest = await begun(bench, long_email("x" * (LONG_TEXT + 1), "honest"), long_email("x", "honest"))
    assert provider.most == 4
    provider.let_go.set()
    outcomes = [outcome for task in greedy for outcome in await task]
    assert outcomes.count(ACCEPTED) == 2
    put_off = [outcome for outcome in outcomes if outcome != ACCEPTED]
    assert {outcome.status for outcome in put_off} == {SendStatus.NOT_SENT}
    assert all(outcome.retry_after >= 1 for outcome in put_off)
    assert [await task for task in honest] == [[ACCEPTED]] * 2


async def test_long_emails_of_one_row_are_sent_one_after_the_other(bench):
    bench.calls.email_provider = provider = SlowProvider()
    (sending,) = await begun(bench, long_email("x" * (LONG_TEXT + 1), recipients=100))
    assert provider.most == 1
    provider.let_go.set()
    assert await sending == [ACCEPTED] * 100


async def test_emails_that_fields_make_long_are_sent_one_after_the_other_with_the_values_of_each(bench):
    bench.calls.email_provider = provider = SlowProvider()
    made = long_email("{{a}}" * 70, recipients=3)
    to = tuple(Recipient(f"p{n}@example.no", fields={"a": str(n) * 1000}) for n in range(3))
    each = tuple(replace(n, recipient=n.slot - 1) for n in made.state.notifications)
    made = replace(
        made, order=replace(made.order, recipients=to), state=replace(made.state, notifications=each)
    )
    (sending,) = await begun(bench, made)
    assert provider.most == 1
    provider.let_go.set()
    assert await sending == [ACCEPTED] * 3
    assert [email.body for email in provider.sent] == [str(n) * 70_000 for n in range(3)]


async def test_an_instant_email_is_never_put_off_and_short_ones_are_sent_side_by_side(bench):
    bench.calls.email_provider = provider = SlowProvider()
    instant = long_email("x" * (LONG_TEXT + 1), kind=OrderType.INSTANT)
    sending = await begun(bench, *[instant] * 5, long_email("x" * LONG_TEXT, recipients=20))
    assert provider.most == 25
    provider.let_go.set()
    assert [outcome for task in sending for outcome in await task] == [ACCEPTED] * 25


class Index:
    """An index for support that may be out of order."""

    def __init__(self, error=None):
        self.error, self.noted = error, []

    async def add(self, row, addresses):
        self.noted.append((row.item, list(addresses)))
        if self.error is not None:
            raise self.error


@pytest.mark.parametrize("error", [None, TransientError("storage is down")])
async def test_email_is_noted_for_support_and_sent_also_if_that_fails(bench, error):
    bench.calls.email_index = index = Index(error)
    row = stored()
    assert (await bench.send(row)).status is SendStatus.ACCEPTED
    assert index.noted == [(row.item, ["kari@example.no"])]


@pytest.mark.parametrize(("is_on", "more"), [(False, 0), (True, 1)])
async def test_search_by_email_costs_one_table_call_and_nothing_if_it_is_off(is_on, more):
    clock = w.VirtualClock(NOW)
    calls = []
    for setting in (False, is_on):
        process = Process(w.World(clock, clock), support_search_by_email=setting)
        reached, reach = [], process.reach

        async def counted(reached=reached, reach=reach):
            reached.append(1)
            return await reach()

        process.reach = counted
        await process.place("ttd", ChainRequest(stored().order))
        await process.carry_out()
        assert process.world.requests[Channel.EMAIL] == 1
        calls.append(len(reached))
    assert calls[1] == calls[0] + more
