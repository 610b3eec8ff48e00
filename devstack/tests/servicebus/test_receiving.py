"""Receiving and settling with the sync SDK, by link and through `$management`."""

from datetime import timedelta

import pytest
from azure.servicebus import (
    ServiceBusClient,
    ServiceBusMessage,
    ServiceBusMessageState,
    ServiceBusReceiveMode,
)
from azure.servicebus.exceptions import MessageLockLostError, MessageNotFoundError, ServiceBusError

from devstack.tests.support.broker import BrokerThread, Sdk, from_now


def test_complete_removes_the_message(sdk: Sdk, broker: BrokerThread) -> None:
    sdk.sender("plain").send_messages(ServiceBusMessage("x"))
    (message,) = sdk.receiver("plain").receive_messages(1, max_wait_time=5)
    assert broker.counts("plain")["locked"] == 1
    sdk.receiver("plain").complete_message(message)
    assert broker.counts("plain") == {"active": 0, "scheduled": 0, "deferred": 0, "locked": 0}


def test_abandon_redelivers_with_a_higher_count_before_later_messages(sdk: Sdk) -> None:
    sdk.sender("plain").send_messages([ServiceBusMessage("first"), ServiceBusMessage("second")])
    receiver = sdk.receiver("plain")
    (message,) = receiver.receive_messages(1, max_wait_time=5)
    assert (str(message), message.delivery_count) == ("first", 0)
    receiver.abandon_message(message)
    (again,) = receiver.receive_messages(1, max_wait_time=5)
    assert (str(again), again.delivery_count) == ("first", 1)
    assert again.sequence_number == message.sequence_number
    assert again.lock_token != message.lock_token


def test_dead_letter_carries_reason_description_and_source(sdk: Sdk) -> None:
    sdk.sender("plain").send_messages(ServiceBusMessage("bad", application_properties={"kept": 7}))
    receiver = sdk.receiver("plain")
    (message,) = receiver.receive_messages(1, max_wait_time=5)
    receiver.dead_letter_message(message, reason="unreadable", error_description="not JSON")

    (dead,) = sdk.dead_letters("plain").receive_messages(1, max_wait_time=5)
    assert (dead.dead_letter_reason, dead.dead_letter_error_description) == ("unreadable", "not JSON")
    assert dead.dead_letter_source == "plain"
    assert str(dead) == "bad"
    assert dead.application_properties is not None
    assert dead.application_properties[b"kept"] == 7
    sdk.dead_letters("plain").complete_message(dead)


def test_too_many_deliveries_end_in_the_dead_letter_queue(sdk: Sdk, broker: BrokerThread) -> None:
    sdk.sender("strict").send_messages(ServiceBusMessage("poison"))
    for _ in range(2):
        (message,) = sdk.receiver("strict").receive_messages(1, max_wait_time=5)
        sdk.receiver("strict").abandon_message(message)
    assert broker.active("strict") == 0
    (dead,) = sdk.dead_letters("strict").receive_messages(1, max_wait_time=5)
    assert dead.dead_letter_reason == "MaxDeliveryCountExceeded"
    sdk.dead_letters("strict").complete_message(dead)


def test_an_ended_lock_redelivers_and_the_late_settlement_fails(sdk: Sdk) -> None:
    sdk.sender("brief").send_messages(ServiceBusMessage("slow"))
    receiver = sdk.receiver("brief")
    (message,) = receiver.receive_messages(1, max_wait_time=5)
    (again,) = receiver.receive_messages(1, max_wait_time=5)
    assert again.delivery_count == 1
    receiver.complete_message(again)
    with pytest.raises(MessageLockLostError):
        receiver.complete_message(message)


def test_renewing_moves_the_end_of_the_lock(sdk: Sdk) -> None:
    sdk.sender("plain").send_messages(ServiceBusMessage("long"))
    receiver = sdk.receiver("plain")
    (message,) = receiver.receive_messages(1, max_wait_time=5)
    first_end = message.locked_until_utc
    assert first_end is not None
    renewed_end = receiver.renew_message_lock(message)
    assert first_end < renewed_end <= from_now(60)
    assert message.locked_until_utc == renewed_end
    receiver.complete_message(message)


def test_deferred_messages_come_by_number_only(sdk: Sdk, broker: BrokerThread) -> None:
    sdk.sender("plain").send_messages(ServiceBusMessage("aside"))
    receiver = sdk.receiver("plain")
    (message,) = receiver.receive_messages(1, max_wait_time=5)
    receiver.defer_message(message)
    assert broker.counts("plain") == {"active": 0, "scheduled": 0, "deferred": 1, "locked": 0}

    assert message.sequence_number is not None
    (deferred,) = receiver.receive_deferred_messages(message.sequence_number)
    assert (str(deferred), deferred.state) == ("aside", ServiceBusMessageState.DEFERRED)
    # Settled through $management, as there is no delivery on a link.
    receiver.abandon_message(deferred)
    assert broker.counts("plain")["deferred"] == 1
    (deferred,) = receiver.receive_deferred_messages(message.sequence_number)
    receiver.dead_letter_message(deferred, reason="tired", error_description="of waiting")
    assert broker.counts("plain/$deadletterqueue")["active"] == 1


def test_a_number_that_is_not_deferred_is_not_found(broker: BrokerThread) -> None:
    client = ServiceBusClient.from_connection_string(broker.connection_string, retry_total=0)
    with client, client.get_queue_receiver("plain") as receiver, pytest.raises(MessageNotFoundError):
        receiver.receive_deferred_messages(999)


def test_peek_shows_every_state_and_locks_nothing(sdk: Sdk, broker: BrokerThread) -> None:
    sender, receiver = sdk.sender("plain"), sdk.receiver("plain")
    sender.send_messages(ServiceBusMessage("deferred"))
    receiver.defer_message(receiver.receive_messages(1, max_wait_time=5)[0])
    sender.send_messages(ServiceBusMessage("active"))
    sender.schedule_messages(ServiceBusMessage("scheduled"), from_now(60))

    states = [(str(message), message.state) for message in receiver.peek_messages(10, sequence_number=1)]
    assert states == [
        ("deferred", ServiceBusMessageState.DEFERRED),
        ("active", ServiceBusMessageState.ACTIVE),
        ("scheduled", ServiceBusMessageState.SCHEDULED),
    ]
    assert broker.counts("plain") == {"active": 1, "scheduled": 1, "deferred": 1, "locked": 0}


def test_receive_and_delete(sdk: Sdk, broker: BrokerThread) -> None:
    sdk.sender("plain").send_messages([ServiceBusMessage("gone"), ServiceBusMessage("stays")])
    receiver = sdk.client.get_queue_receiver("plain", receive_mode=ServiceBusReceiveMode.RECEIVE_AND_DELETE)
    with receiver:
        (message,) = receiver.receive_messages(1, max_wait_time=5)
    assert str(message) == "gone"
    assert broker.counts("plain") == {"active": 1, "scheduled": 0, "deferred": 0, "locked": 0}


def test_closing_a_receiver_gives_unread_messages_back_uncounted(sdk: Sdk, broker: BrokerThread) -> None:
    sdk.sender("plain").send_messages([ServiceBusMessage(str(number)) for number in range(5)])
    with sdk.client.get_queue_receiver("plain", prefetch_count=5) as receiver:
        (taken,) = receiver.receive_messages(1, max_wait_time=5)
    assert broker.counts("plain") == {"active": 4, "scheduled": 0, "deferred": 0, "locked": 1}
    again = sdk.receiver("plain").receive_messages(4, max_wait_time=5)
    assert [(str(message), message.delivery_count) for message in again] == [(str(n), 0) for n in range(1, 5)]
    assert str(taken) == "0"


def test_expired_messages_are_dead_lettered_where_the_queue_says_so(sdk: Sdk, broker: BrokerThread) -> None:
    lifetime = timedelta(seconds=30)
    for queue in ("mortal", "fading"):
        sdk.sender(queue).send_messages(
            [ServiceBusMessage("short", time_to_live=lifetime), ServiceBusMessage("long")]
        )
    broker.clock.set_offset(31)
    broker.tick()
    assert (broker.active("mortal"), broker.active("fading")) == (1, 1)
    assert broker.active("fading/$deadletterqueue") == 0
    (dead,) = sdk.dead_letters("mortal").receive_messages(1, max_wait_time=5)
    assert (str(dead), dead.dead_letter_reason) == ("short", "TTLExpiredException")
    sdk.dead_letters("mortal").complete_message(dead)

    # The queue's own time to live bounds messages without one.
    broker.clock.set_offset(3601)
    broker.tick()
    assert (broker.active("mortal"), broker.active("fading")) == (0, 0)


def test_a_moved_clock_does_not_end_locks(sdk: Sdk, broker: BrokerThread) -> None:
    sdk.sender("plain").send_messages(ServiceBusMessage("x"))
    (message,) = sdk.receiver("plain").receive_messages(1, max_wait_time=5)
    broker.clock.set_offset(7200)
    broker.tick()
    sdk.receiver("plain").complete_message(message)
    assert broker.counts("plain") == {"active": 0, "scheduled": 0, "deferred": 0, "locked": 0}


def test_a_session_receiver_is_refused(broker: BrokerThread) -> None:
    client = ServiceBusClient.from_connection_string(broker.connection_string, retry_total=0)
    with client, pytest.raises(ServiceBusError, match="does not use sessions"):
        client.get_queue_receiver("plain", session_id="s").receive_messages(1, max_wait_time=1)
