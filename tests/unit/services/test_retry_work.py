"""Failed queue work: what returns as a copy, when, and what is left to the dead letters."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from shared.errors import PermanentError, ThrottledError, UnavailableError
from shared.messaging.envelope import TRY
from shared.services.retry_schedule import MAX_ATTEMPTS
from shared.services.retry_work import RetryWork

NOW = datetime(2031, 5, 5, 10, tzinfo=UTC)


class Queue:
    """Keeps what it is sent, unless it is down."""

    def __init__(self):
        self.copies = []
        self.is_down = False

    def now(self):
        return NOW

    async def send_all(self, messages, *, deadline):
        if self.is_down:
            raise UnavailableError("down")
        self.copies += messages


@pytest.fixture
def queue():
    return Queue()


@pytest.fixture
def retry(queue):
    return RetryWork(sender=queue, clock=queue)


async def fail(error):
    raise error


def body(tried):
    return orjson.dumps({"order": "a", TRY: tried})


@pytest.mark.parametrize(("tried", "pause"), [(1, 10), (2, 30), (5, 300)])
async def test_failed_work_returns_later_as_its_next_try(queue, retry, tried, pause):
    await retry("orders", body(tried), fail(UnavailableError("down")))
    (copy,) = queue.copies
    assert (copy.queue, copy.scheduled_at) == ("orders", NOW + timedelta(seconds=pause))
    assert orjson.loads(copy.body) == {"order": "a", TRY: tried + 1}


@pytest.mark.parametrize("tried", [1, MAX_ATTEMPTS])
async def test_pause_that_was_asked_for_is_kept_and_counts_as_no_try(queue, retry, tried):
    await retry("orders", body(tried), fail(ThrottledError("busy", 4000)))
    (copy,) = queue.copies
    assert copy.scheduled_at == NOW + timedelta(seconds=4000)
    assert orjson.loads(copy.body)[TRY] == tried


async def test_short_pause_is_not_shorter_than_our_own(queue, retry):
    await retry("orders", body(2), fail(ThrottledError("busy", 1)))
    assert queue.copies[0].scheduled_at == NOW + timedelta(seconds=30)


@pytest.mark.parametrize(
    ("tried", "error"), [(MAX_ATTEMPTS, UnavailableError("down")), (1, PermanentError("never"))]
)
async def test_what_cannot_succeed_is_left_to_the_dead_letters(queue, retry, tried, error):
    with pytest.raises(type(error)):
        await retry("orders", body(tried), fail(error))
    assert not queue.copies


async def test_work_that_cannot_be_put_off_stays_on_its_queue(queue, retry):
    queue.is_down = True
    with pytest.raises(ValueError, match="odd"):
        await retry("orders", body(1), fail(ValueError("odd")))


async def test_several_events_return_as_messages_of_their_own(queue, retry):
    events = orjson.dumps([{"n": 1}, {"n": 2, TRY: 2}])
    await retry("delivery-reports", events, fail(UnavailableError("down")))
    assert [orjson.loads(copy.body) for copy in queue.copies] == [{"n": 1, TRY: 3}, {"n": 2, TRY: 3}]
    assert len({copy.message_id for copy in queue.copies}) == 2


async def test_an_array_with_something_other_than_events_returns_too(queue, retry):
    await retry("delivery-reports", b'[{"n": 1}, null, "x", [7]]', fail(UnavailableError("down")))
    assert [orjson.loads(copy.body) for copy in queue.copies] == [{"n": 1, TRY: 2}, None, "x", [7]]
