"""What becomes of a message whose work failed: a copy and when, a dead letter, or nothing if that will do."""

from datetime import timedelta

import orjson
import pytest

from shared.domain.orders.dead_letter import Cause
from shared.domain.orders.ids import IdMaker
from shared.domain.orders.shipment import AgendaKey
from shared.domain.sending.retry_schedule import LONGEST_PAUSE, MAX_ATTEMPTS, retry_after_attempt
from shared.records import queues
from shared.records.agenda_entry import AgendaEntry
from shared.records.failures import FAILED, Failures, failures_of, with_failures
from shared.records.keys import instant_key
from shared.records.messages import FeedNews, SendWork, Wake, dump_feed_news, dump_send_work, dump_wake
from shared.records.webhook_records import WebhookWake, dump_webhook_wake
from shared.runtime.breaker import CircuitOpenError
from shared.runtime.errors import (
    ConflictError,
    PermanentError,
    ThrottledError,
    TransientError,
    UnavailableError,
)
from shared.services.handling.failed_work import KNOWN_TO_THE_AGENDA, WORTH, FailedWork, ReturnedError
from shared.storage.dead_letters import DeadLetters
from tests.support.pipeline import world as w
from tests.support.pipeline.process import Process
from tests.support.pipeline.surroundings import Sender, Store

NOW = w.start_of_day()
ITEM = IdMaker(b"0" * 32).random_chain().of_shipment(1)
REPORTS = queues.DELIVERY_REPORTS
PASSING = [
    TransientError("late"),
    UnavailableError("down"),
    CircuitOpenError("down"),
    ConflictError("contended"),
    ThrottledError("busy", 5),
]
BODY = orjson.dumps({"kind": "sms", "reference": "a", "result": "Delivered", "at": NOW.isoformat()})


def named(due):
    """Return the key of an agenda row that is due then."""
    return AgendaKey("0a", f"{instant_key(due)}|{ITEM}|abcd")


def wake(due):
    return dump_wake(Wake(AgendaEntry(named(due), ITEM, 1, NOW + timedelta(days=2), 1.5)))


BODIES = {
    queues.ORDERS: wake(NOW + timedelta(minutes=2)),
    queues.ORDERS_BULK: wake(NOW + timedelta(minutes=2)),
    queues.CONDITIONS: wake(NOW + timedelta(minutes=2)),
    queues.EMAIL_SEND: dump_send_work(SendWork(ITEM, 1, None)),
    queues.EMAIL_SEND_BULK: dump_send_work(SendWork(ITEM, 1, None, bulk=True)),
    queues.SMS_SEND: dump_send_work(SendWork(ITEM, 1, None)),
    queues.SMS_SEND_BULK: dump_send_work(SendWork(ITEM, 1, None, bulk=True)),
    queues.DELIVERY_REPORTS: BODY,
    queues.STATUS_FEED: dump_feed_news(FeedNews(ITEM, "ttd", named(NOW + timedelta(hours=1)), None)),
    queues.WEBHOOKS: dump_webhook_wake(WebhookWake("ttd", ITEM, named(NOW + timedelta(minutes=2)))),
}


class Bench:
    """The policy in a world of its own."""

    def __init__(self):
        self.world = w.World(w.VirtualClock(NOW), w.VirtualClock(NOW))
        process = Process(self.world)
        self.letters = DeadLetters(Store(process))
        clock = self.world.clock
        self.failed = FailedWork(sender=Sender(process), dead_letters=self.letters, clock=clock)

    async def recorded(self):
        return [
            (letter.queue, letter.cause, letter.reason)
            for letter in await self.letters.page(queues.QUEUES, "", 100)
        ]

    async def fails(self, body, error, times, queue=REPORTS):
        """Let the work of a message and of its copies fail; return the pauses before the copies."""
        pauses = []
        for _ in range(times):
            assert await self.failed(queue, body, error)
            if not self.world.messages:
                break
            (copy,) = self.world.messages
            self.world.messages.clear()
            assert copy.queue == queue
            pauses.append(copy.scheduled_at - self.world.clock.at)
            self.world.clock.at, body = copy.scheduled_at, copy.body
        return pauses


@pytest.fixture
def bench():
    return Bench()


@pytest.mark.parametrize("queue", queues.QUEUES)
@pytest.mark.parametrize("error", PASSING, ids=lambda error: type(error).__name__)
async def test_what_may_pass_comes_back_by_the_ladder(bench, queue, error):
    assert await bench.failed(queue, BODIES[queue], error)
    (copy,) = bench.world.messages
    assert (copy.queue, copy.scheduled_at) == (queue, NOW + timedelta(seconds=10))
    told = orjson.loads(copy.body)
    counted = not isinstance(error, ThrottledError)
    assert told.pop(FAILED) == {"times": int(counted), "unexpected": 0, "since": NOW.isoformat()}
    assert told == orjson.loads(BODIES[queue])
    assert not await bench.recorded()


@pytest.mark.parametrize("queue", [queues.EMAIL_SEND, queues.SMS_SEND, REPORTS])
async def test_what_may_pass_is_not_ended_by_count(bench, queue):
    pauses = await bench.fails(BODIES[queue], UnavailableError("down"), 300, queue)
    assert pauses == [retry_after_attempt(n) for n in range(1, 301)]
    assert max(pauses) == timedelta(minutes=15)
    assert not await bench.recorded()


async def test_report_that_is_worth_nothing_any_more_is_kept_for_an_operator(bench):
    pauses = await bench.fails(BODY, UnavailableError("down"), 2000)
    assert WORTH - LONGEST_PAUSE <= sum(pauses, timedelta()) <= WORTH + LONGEST_PAUSE
    assert await bench.recorded() == [(REPORTS, Cause.PASSING, "down")]


@pytest.mark.parametrize("times", [0, 5, 2000])
async def test_pause_that_was_asked_for_is_kept_and_counts_as_no_try(bench, times):
    body = with_failures(BODY, Failures(times, 0, NOW))
    await bench.failed(REPORTS, body, ThrottledError("busy", 4000))
    (copy,) = bench.world.messages
    assert copy.scheduled_at == NOW + timedelta(seconds=4000)
    assert failures_of(copy.body).times == times


@pytest.mark.parametrize("asked", [float("nan"), float("inf"), -7.0, 0.0])
async def test_nonsense_that_is_asked_for_is_no_reason_to_fail(bench, asked):
    assert await bench.failed(REPORTS, BODY, ThrottledError("busy", asked))
    (copy,) = bench.world.messages
    assert timedelta(seconds=10) <= copy.scheduled_at - NOW <= timedelta(days=1)


async def test_short_pause_is_not_shorter_than_our_own(bench):
    await bench.failed(REPORTS, with_failures(BODY, Failures(1, 0, NOW)), ThrottledError("busy", 1))
    assert bench.world.messages[0].scheduled_at == NOW + timedelta(seconds=30)


@pytest.mark.parametrize("queue", queues.QUEUES)
async def test_unexpected_failure_is_tried_six_times(bench, queue):
    secret = ValueError("kari@example.no")
    pauses = await bench.fails(BODIES[queue], secret, 20, queue)
    assert pauses == [retry_after_attempt(n) for n in range(1, MAX_ATTEMPTS)]
    assert await bench.recorded() == [(queue, Cause.UNEXPECTED, "ValueError")]


@pytest.mark.parametrize("queue", queues.QUEUES)
async def test_failures_that_passed_take_no_try_from_unexpected_ones(bench, queue):
    body = with_failures(BODIES[queue], Failures(500, 0, NOW))
    pauses = await bench.fails(body, ValueError("odd"), 20, queue)
    assert pauses == [timedelta(minutes=15)] * (MAX_ATTEMPTS - 1)


@pytest.mark.parametrize("queue", queues.QUEUES)
@pytest.mark.parametrize("body", [b"\xff", b"", b"[]", b"7", b'{"failed":7}', b'{"failed":{"times":"x"}}'])
async def test_unreadable_is_kept_at_once(bench, queue, body):
    assert await bench.failed(queue, body, PermanentError("never"))
    assert await bench.recorded() == [(queue, Cause.UNREADABLE, "never")]
    assert not bench.world.messages


@pytest.mark.parametrize("body", [b"\xff", b"[]", b"7"])
async def test_what_cannot_say_how_often_it_failed_unexpectedly_is_kept_at_once(bench, body):
    assert await bench.failed(REPORTS, body, ValueError("odd"))
    assert await bench.recorded() == [(REPORTS, Cause.UNEXPECTED, "ValueError")]


@pytest.mark.parametrize("queue", queues.QUEUES)
@pytest.mark.parametrize(("body", "pause"), [(b"\xff", LONGEST_PAUSE), (b"{}", timedelta(seconds=10))])
async def test_dead_letter_that_cannot_be_recorded_comes_back(bench, queue, body, pause):
    bench.world.storage_down = True
    assert await bench.failed(queue, body, PermanentError("never"))
    (copy,) = bench.world.messages
    assert copy.scheduled_at == NOW + pause


async def test_sixth_failure_that_cannot_be_recorded_is_recorded_later(bench):
    last = with_failures(BODY, Failures(5, 5, NOW))
    bench.world.storage_down = True
    assert await bench.failed(REPORTS, last, ValueError("odd"))
    (copy,) = bench.world.messages
    bench.world.storage_down = False
    assert await bench.failed(REPORTS, copy.body, ValueError("odd"))
    assert await bench.recorded() == [(REPORTS, Cause.UNEXPECTED, "ValueError")]


@pytest.mark.parametrize("queue", sorted(KNOWN_TO_THE_AGENDA))
@pytest.mark.parametrize("error", [UnavailableError("down"), ValueError("odd")])
async def test_work_the_agenda_brings_back_need_not_be_kept(bench, queue, error):
    bench.world.queues_down = bench.world.storage_down = True
    assert await bench.failed(queue, BODIES[queue], error)


@pytest.mark.parametrize("error", [UnavailableError("down"), ValueError("odd")])
async def test_report_that_its_queue_does_not_take_waits_in_a_table(bench, error):
    bench.world.queues_down = True
    assert await bench.failed(REPORTS, BODY, error)
    (waiting,) = await bench.letters.waiting(10)
    assert waiting.queue == REPORTS
    assert failures_of(waiting.body).times == 1
    assert not await bench.recorded(), "nobody has to do anything about it"


@pytest.mark.parametrize("error", [UnavailableError("down"), ValueError("odd"), PermanentError("never")])
async def test_report_that_can_be_kept_nowhere_stays_where_it_is(bench, error):
    bench.world.queues_down = bench.world.storage_down = True
    assert not await bench.failed(REPORTS, BODY, error)


@pytest.mark.parametrize(
    ("queue", "body"),
    [
        (queues.ORDERS, wake),
        (queues.STATUS_FEED, lambda due: dump_feed_news(FeedNews(ITEM, "ttd", named(due), None))),
    ],
)
@pytest.mark.parametrize(
    ("due_after", "copies"),
    [
        (timedelta(minutes=-1), 20),  # the row has moved since: who knows when it is due
        (timedelta(minutes=2), 4),  # after 10, 40, 100 and 220 seconds; then the row was due
        (timedelta(hours=6), 20),
    ],
)
async def test_copies_end_when_the_agenda_has_brought_the_work_again(bench, queue, body, due_after, copies):
    pauses = await bench.fails(body(NOW + due_after), UnavailableError("down"), 20, queue)
    assert len(pauses) == copies
    assert not await bench.recorded()


async def test_unexpected_failure_of_a_wake_is_told_however_often_the_agenda_brings_it(bench):
    pauses = await bench.fails(wake(NOW + timedelta(seconds=1)), ValueError("odd"), 20, queues.ORDERS)
    assert len(pauses) == MAX_ATTEMPTS - 1
    assert await bench.recorded()


@pytest.mark.parametrize("queue", queues.QUEUES)
async def test_what_service_bus_gave_up_is_given_back_but_not_for_ever(bench, queue):
    pauses = await bench.fails(BODIES[queue], ReturnedError("MaxDeliveryCountExceeded"), 20, queue)
    assert len(pauses) == MAX_ATTEMPTS - 1, "it may be the message that kills its process"
    assert await bench.recorded() == [(queue, Cause.UNEXPECTED, "MaxDeliveryCountExceeded")]


@pytest.mark.parametrize(
    "said",
    [
        {"times": -99},
        {"times": 10**15},
        {"times": 1, "unexpected": 0, "since": "2031-03-03T09:00:00"},
        [7],
        "x",
    ],
)
async def test_nonsense_that_a_message_says_of_itself_is_no_reason_to_fail(bench, said):
    assert await bench.failed(REPORTS, orjson.dumps({"id": "1", FAILED: said}), UnavailableError("down"))
    (copy,) = bench.world.messages
    assert timedelta(0) < copy.scheduled_at - NOW <= LONGEST_PAUSE


async def test_copies_of_one_message_have_ids_of_their_own(bench):
    ids = set()
    for body in (BODY, with_failures(BODY, Failures(1, 0, NOW)), b'{"other":1}'):
        await bench.failed(REPORTS, body, UnavailableError("down"))
        ids.add(bench.world.messages.pop().message_id)
    assert len(ids) == 3


async def test_message_that_grew_too_large_is_kept(bench, monkeypatch):
    async def refuse(*args, **kwargs):
        raise PermanentError("the message is too large for its queue")

    monkeypatch.setattr(Sender, "send", refuse)
    assert await bench.failed(REPORTS, BODY, UnavailableError("down"))
    assert [reason for _, _, reason in await bench.recorded()] == ["the message is too large for its queue"]
