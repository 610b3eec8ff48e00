"""Sending with the sync SDK: single, batch, scheduled, duplicate and oversized messages."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from azure.servicebus import ServiceBusClient, ServiceBusMessage
from azure.servicebus.exceptions import MessageSizeExceededError, MessagingEntityNotFoundError

from devstack.amqp.message import read_content
from devstack.tests.support.broker import BrokerThread, Sdk, from_now


def test_everything_an_sdk_message_can_carry_arrives(sdk: Sdk, broker: BrokerThread) -> None:
    properties: dict[str | bytes, Any] = {
        "text": "blåbær",
        "number": -7,
        "real": 1.5,
        "flag": True,
        "id": UUID(int=5),
    }
    sdk.sender("plain").send_messages(
        ServiceBusMessage(
            b"\x00body\xff",
            message_id="m-1",
            correlation_id="c-1",
            subject="wake",
            content_type="application/json",
            to="somewhere",
            reply_to="back",
            reply_to_session_id="rs",
            application_properties=properties,
            time_to_live=timedelta(minutes=5),
        )
    )

    (stored,) = broker.call(lambda: broker.running.broker.queues["plain"].peek(0, 10))
    content = read_content(stored.bare)
    assert content.body == b"\x00body\xff"
    assert content.application_properties == properties
    assert (content.properties.message_id, content.properties.correlation_id) == ("m-1", "c-1")
    assert stored.time_to_live == 300

    (received,) = sdk.receiver("plain").receive_messages(1, max_wait_time=5)
    assert b"".join(received.body) == b"\x00body\xff"
    assert (received.message_id, received.correlation_id, received.subject) == ("m-1", "c-1", "wake")
    assert (received.to, received.reply_to, received.reply_to_session_id) == ("somewhere", "back", "rs")
    assert received.content_type == "application/json"
    assert received.application_properties is not None
    assert received.application_properties[b"number"] == -7
    assert received.application_properties[b"id"] == UUID(int=5)
    assert received.time_to_live == timedelta(minutes=5)
    assert received.enqueued_time_utc is not None
    assert received.expires_at_utc == received.enqueued_time_utc + timedelta(minutes=5)
    sdk.receiver("plain").complete_message(received)
    assert broker.counts("plain") == {"active": 0, "scheduled": 0, "deferred": 0, "locked": 0}


def test_a_batch_becomes_its_messages_in_order(sdk: Sdk) -> None:
    sender = sdk.sender("plain")
    batch = sender.create_message_batch()
    assert batch.max_size_in_bytes == 262144
    for number in range(50):
        batch.add_message(ServiceBusMessage(str(number), message_id=f"b-{number}"))
    sender.send_messages(batch)

    received = sdk.receiver("plain").receive_messages(50, max_wait_time=5)
    assert [str(message) for message in received] == [str(number) for number in range(50)]
    assert [message.message_id for message in received[:2]] == ["b-0", "b-1"]


def test_a_message_of_many_frames_survives_both_ways(sdk: Sdk) -> None:
    body = bytes(range(256)) * 800  # 200 KiB, four frames
    sdk.sender("plain").send_messages(ServiceBusMessage(body))
    (received,) = sdk.receiver("plain").receive_messages(1, max_wait_time=5)
    assert b"".join(received.body) == body


def test_a_message_scheduled_by_its_property_waits_for_the_moved_clock(
    sdk: Sdk, broker: BrokerThread
) -> None:
    scheduled_for = from_now(3600)
    message = ServiceBusMessage("later", scheduled_enqueue_time_utc=scheduled_for)
    sdk.sender("plain").send_messages(message)
    assert (broker.counts("plain")["scheduled"], broker.active("plain")) == (1, 0)

    broker.clock.set_offset(3601)
    (received,) = sdk.receiver("plain").receive_messages(1, max_wait_time=5)
    assert str(received) == "later"
    assert received.scheduled_enqueue_time_utc is not None
    assert abs(received.scheduled_enqueue_time_utc - scheduled_for) < timedelta(milliseconds=2)
    assert received.enqueued_time_utc is not None
    assert received.enqueued_time_utc >= scheduled_for - timedelta(milliseconds=2)


def test_scheduling_and_cancelling_through_management(sdk: Sdk, broker: BrokerThread) -> None:
    sender = sdk.sender("plain")
    messages = [ServiceBusMessage("keep"), ServiceBusMessage("cancel")]
    keep, cancel = sender.schedule_messages(messages, from_now(60))
    assert broker.counts("plain")["scheduled"] == 2
    sender.cancel_scheduled_messages(cancel)
    assert broker.counts("plain")["scheduled"] == 1

    broker.clock.set_offset(61)
    (received,) = sdk.receiver("plain").receive_messages(1, max_wait_time=5)
    assert str(received) == "keep"
    # As in the service, a scheduled message gets a new number when it becomes active.
    assert received.sequence_number is not None
    assert received.sequence_number > keep


def test_a_schedule_in_the_past_means_now(sdk: Sdk, broker: BrokerThread) -> None:
    sdk.sender("plain").schedule_messages(ServiceBusMessage("now"), from_now(-5))
    assert broker.active("plain") == 1


def test_a_repeated_message_id_is_accepted_and_dropped(sdk: Sdk, broker: BrokerThread) -> None:
    for _ in range(3):
        sdk.sender("unique").send_messages(ServiceBusMessage("x", message_id="same"))
    sdk.sender("unique").send_messages(ServiceBusMessage("y", message_id="other"))
    assert broker.active("unique") == 2


def test_a_moved_clock_does_not_end_the_duplicate_window(sdk: Sdk, broker: BrokerThread) -> None:
    sdk.sender("unique").send_messages(ServiceBusMessage("x", message_id="same"))
    broker.clock.set_offset(3600)
    sdk.sender("unique").send_messages(ServiceBusMessage("x", message_id="same"))
    assert broker.active("unique") == 1


def test_an_oversized_message_is_refused_and_the_next_one_passes(sdk: Sdk, broker: BrokerThread) -> None:
    # The refusal detaches the link; the SDK needs one retry to notice when it sends again.
    connection = broker.connection_string
    with ServiceBusClient.from_connection_string(connection, retry_backoff_factor=0.01) as client:
        sender = client.get_queue_sender("plain")
        sender.send_messages(ServiceBusMessage(b"x" * 261000))
        with pytest.raises(MessageSizeExceededError):
            sender.send_messages(ServiceBusMessage(b"x" * 262144))
        sender.send_messages(ServiceBusMessage("small"))
    assert broker.active("plain") == 2


def test_an_unknown_queue_is_not_found(broker: BrokerThread) -> None:
    client = ServiceBusClient.from_connection_string(broker.connection_string, retry_total=0)
    with client, pytest.raises(MessagingEntityNotFoundError):
        client.get_queue_sender("missing").send_messages(ServiceBusMessage("x"))
