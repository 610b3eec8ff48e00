"""The rules of a queue, with time under control."""

import pytest

from devstack.amqp.message import Envelope, open_envelope, read_content
from devstack.amqp.performatives import Header
from devstack.servicebus.errors import LockLostError
from devstack.servicebus.queues.declaration import QueueDeclaration
from devstack.servicebus.queues.queue import MessageNotFoundError
from devstack.servicebus.queues.stored_message import State
from devstack.tests.support.queue_world import Taker, World, texts


def test_order_is_by_number_and_an_abandoned_message_keeps_its_place() -> None:
    world = World()
    for text in "abc":
        world.send(text)
    token = world.token()
    world.queue.abandon(token)
    assert texts(world.take(3)) == ["a", "b", "c"]


def test_consumers_take_turns_and_nobody_gets_more_than_its_credit() -> None:
    world = World()
    takers = [Taker(credit=2), Taker(credit=1), Taker(credit=0)]
    for taker in takers:
        world.queue.consumers.add(taker)
    for text in "abcd":
        world.send(text)
    assert [texts(taker.got) for taker in takers] == [["a", "c"], ["b"], []]
    assert world.queue.counts()["active"] == 1


def test_a_consumer_that_left_gets_nothing() -> None:
    world = World()
    taker = Taker(credit=5)
    world.queue.consumers.add(taker)
    world.queue.consumers.remove(taker)
    world.send("a")
    assert taker.got == []


def test_the_lock_ends_after_its_duration_of_real_time() -> None:
    world = World()
    world.send("a")
    token = world.token()
    world.clocks.moved += 3000
    world.clocks.real += 59
    world.queue.tick()
    assert world.queue.counts()["locked"] == 1
    world.clocks.real += 1
    world.queue.tick()
    (message,) = world.take()
    assert message.delivery_count == 1
    with pytest.raises(LockLostError):
        world.queue.complete(token)


def test_a_lock_is_lost_when_its_time_is_up_though_nobody_ticked() -> None:
    world = World()
    world.send("a")
    token = world.token()
    world.clocks.pass_by(60)
    for use in (world.queue.complete, world.queue.abandon, world.queue.renew_lock, world.queue.release):
        with pytest.raises(LockLostError):
            use(token)
    world.queue.tick()
    assert [message.delivery_count for message in world.take()] == [1]


def test_a_renewed_lock_lasts_from_the_renewal() -> None:
    world = World()
    world.send("a")
    token = world.token()
    world.clocks.pass_by(40)
    assert world.queue.renew_lock(token).shown == world.clocks.real + 60
    world.clocks.pass_by(40)
    world.queue.tick()
    world.queue.complete(token)
    assert world.queue.counts()["locked"] == 0


def test_the_last_failed_delivery_goes_to_the_dead_letters() -> None:
    world = World()
    world.send("a")
    world.queue.abandon(world.token())
    world.token()
    world.clocks.pass_by(60)
    world.queue.tick()
    world.queue.release(world.token())
    assert world.dead_letters.counts()["active"] == 0
    world.queue.abandon(world.token())
    (dead,) = world.dead_letters.peek(0, 9)
    assert dead.delivery_count == 3
    assert dead.dead_letter_source == "orders"
    reason = read_content(dead.bare).application_properties["DeadLetterReason"]
    assert reason == "MaxDeliveryCountExceeded"


def test_nothing_leaves_the_dead_letters_by_counting_or_dead_lettering() -> None:
    world = World()
    world.send("a")
    world.queue.dead_letter(world.token(), None, None)
    taker = Taker()
    world.dead_letters.consumers.add(taker)
    for _ in range(12):
        taker.credit = 1
        world.dead_letters.dispatch()
        lock = taker.got[-1].lock
        assert lock is not None
        world.dead_letters.abandon(lock.token)
    taker.credit = 1
    world.dead_letters.dispatch()
    lock = taker.got[-1].lock
    assert lock is not None
    world.dead_letters.dead_letter(lock.token, "again", None)
    world.clocks.moved += 10**9
    world.dead_letters.tick()
    assert world.dead_letters.counts()["active"] == 1


def test_time_to_live_is_the_shorter_of_the_two_and_follows_the_moved_clock() -> None:
    world = World()
    world.send("short", ttl=10)
    world.send("long", ttl=7200)
    world.clocks.real += 5000
    world.queue.tick()
    assert world.queue.counts()["active"] == 2
    world.clocks.moved += 10
    world.queue.tick()
    assert texts(world.queue.peek(0, 9)) == ["long"]
    world.clocks.moved += 3590
    world.queue.tick()
    assert texts(world.dead_letters.peek(0, 9)) == ["short", "long"]


def test_a_locked_message_does_not_expire_until_it_comes_back() -> None:
    world = World()
    for text in "ab":
        world.send(text, ttl=10)
    completed, abandoned = world.token(), world.token()
    world.clocks.pass_by(20)
    world.queue.tick()
    world.queue.complete(completed)
    assert world.queue.counts()["locked"] == 1
    world.queue.abandon(abandoned)
    assert texts(world.dead_letters.peek(0, 9)) == ["b"]


def test_an_expired_message_is_not_delivered_before_the_tick() -> None:
    world = World(QueueDeclaration("fading"))
    world.send("a", ttl=10)
    world.clocks.pass_by(11)
    world.queue.tick()
    assert world.take() == []
    assert world.dead_letters.counts()["active"] == 0


def test_deferred_messages_expire_too() -> None:
    world = World()
    world.send("a", ttl=10)
    world.queue.defer(world.token())
    world.clocks.pass_by(10)
    world.queue.tick()
    assert texts(world.dead_letters.peek(0, 9)) == ["a"]


def test_a_deferred_message_stays_deferred_through_abandon_and_lock_end() -> None:
    world = World()
    number = world.send("a")
    assert number is not None
    world.queue.defer(world.token())
    (message,) = world.queue.receive_deferred([number], locks=True)
    assert message.lock is not None
    with pytest.raises(MessageNotFoundError):
        world.queue.receive_deferred([number], locks=True)
    world.queue.abandon(message.lock.token)
    world.queue.receive_deferred([number], locks=True)
    world.clocks.pass_by(60)
    world.queue.tick()
    assert world.queue.counts()["deferred"] == 1
    assert world.take() == []
    world.queue.receive_deferred([number], locks=False)
    assert world.queue.counts() == {"active": 0, "scheduled": 0, "deferred": 0, "locked": 0}


def test_scheduled_messages_come_when_the_moved_clock_says_and_live_from_then_on() -> None:
    world = World()
    number = world.send("later", ttl=10, due=world.clocks.moved + 100)
    assert number is not None
    world.send("now")
    world.clocks.real += 1000
    world.queue.tick()
    assert texts(world.take(2)) == ["now"]
    world.clocks.moved += 100
    world.queue.tick()
    (message,) = world.take(2)
    assert message.sequence_number > number
    assert message.enqueue_sequence_number == number
    assert message.enqueued_at == world.clocks.moved
    assert message.expires_at == world.clocks.moved + 10


def test_cancelling_is_all_or_nothing() -> None:
    world = World()
    number = world.send("later", due=world.clocks.moved + 100)
    assert number is not None
    with pytest.raises(MessageNotFoundError):
        world.queue.cancel_scheduled([number, 99])
    assert world.queue.counts()["scheduled"] == 1
    world.queue.cancel_scheduled([number])
    world.clocks.moved += 100
    world.queue.tick()
    assert world.queue.counts()["active"] == 0


def test_a_message_named_twice_is_cancelled_or_received_once() -> None:
    world = World()
    number = world.send("later", due=world.clocks.moved + 100)
    assert number is not None
    world.queue.cancel_scheduled([number, number])
    assert world.queue.counts()["scheduled"] == 0
    world.send("a")
    token = world.token()
    world.queue.defer(token)
    (aside,) = world.queue.peek(0, 1)
    (received,) = world.queue.receive_deferred([aside.sequence_number] * 2, locks=True)
    assert received.lock is not None
    world.queue.complete(received.lock.token)
    world.clocks.pass_by(60)
    world.queue.tick()
    assert sum(world.queue.counts().values()) == 0


def test_duplicates_are_dropped_for_the_window_of_real_time_whatever_became_of_the_first() -> None:
    world = World()
    assert world.send("a", message_id="x") is not None
    world.queue.complete(world.token())
    world.clocks.moved += 10**6
    world.clocks.real += 599
    assert world.send("a", message_id="x") is None
    world.clocks.real += 1
    assert world.send("a", message_id="x") is not None
    assert world.send("a") is not None
    assert world.send("a") is not None


def test_wiping_loses_everything_and_nothing_comes_back() -> None:
    world = World()
    for text in ("a", "b"):
        world.send(text, message_id=text)
    world.send("c", due=world.clocks.moved + 5)
    token = world.token()
    world.queue.wipe()
    world.clocks.pass_by(10**6)
    world.queue.tick()
    assert world.queue.counts() == {"active": 0, "scheduled": 0, "deferred": 0, "locked": 0}
    assert world.dead_letters.counts()["active"] == 0
    with pytest.raises(LockLostError):
        world.queue.complete(token)
    assert world.send("a", message_id="a") is not None
    assert texts(world.take()) == ["a"]


def test_what_a_receiver_sees() -> None:
    world = World()
    world.send("a", ttl=5)
    world.queue.abandon(world.token())
    (message,) = world.take()
    seen = open_envelope(message.encode())
    assert (seen.header.delivery_count, seen.header.ttl) == (1, 5000)
    assert seen.bare == message.bare
    assert {"x-opt-sequence-number", "x-opt-enqueued-time", "x-opt-locked-until"} <= seen.annotations.keys()
    assert message.state is State.ACTIVE


def test_a_dead_letter_whose_properties_cannot_be_read_goes_without_its_reason() -> None:
    world = World()
    unreadable = b"\x00\x53\x74\xc1\x05\x02\xa1\x01\xff\x40\x00\x53\x75\xa0\x00"  # a key that is not UTF-8
    world.queue.send(Envelope(Header(), {}, unreadable))
    world.queue.dead_letter(world.token(), "reason", None)
    assert [message.bare for message in world.dead_letters.peek(0, 9)] == [unreadable]
