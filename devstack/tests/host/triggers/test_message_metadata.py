"""Trigger payloads are those of host/events, and functions read in them what they read in Azure."""

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import azure.functions as func
import pytest
from azure.functions.meta import Datum
from azure.functions.servicebus import ServiceBusMessageInConverter

from devstack.host.payloads import TypedValue
from devstack.host.triggers.message_metadata import batch_metadata, single_metadata
from devstack.tests.support.host.messages import message

EVENTS = Path(__file__).parents[1] / "events"
COLLECTIONS = {"collection_string": "string", "collection_bytes": "bytes", "collection_sint64": "sint64"}


@pytest.fixture(autouse=True)
def all_properties(monkeypatch):
    """Have the library read them all, also if a function app of this process has left some out."""
    decode = ServiceBusMessageInConverter.decode
    monkeypatch.setattr(ServiceBusMessageInConverter, "decode", getattr(decode, "__wrapped__", decode))


def as_event(payload, metadata):
    def plain(value):
        return {"kind": value.kind, "value": as_text(value.value)}

    def as_text(value):
        if isinstance(value, bytes):
            return value.decode()
        return [as_text(item) for item in value] if isinstance(value, list) else value

    return {
        "data": plain(payload),
        "metadata": {name: plain(value) for name, value in sorted(metadata.items())},
    }


def decode(payload, metadata):
    """Convert as the worker does before it calls the function."""

    def datum(value):
        attribute = COLLECTIONS.get(value.kind)
        return Datum(SimpleNamespace(**{attribute: value.value}) if attribute else value.value, value.kind)

    fields = {name: datum(value) for name, value in metadata.items()}
    return ServiceBusMessageInConverter.decode(datum(payload), trigger_metadata=fields)


def single(source):
    return TypedValue("bytes", source.body), single_metadata(source)


def batch(sources):
    return TypedValue("collection_bytes", [source.body for source in sources]), batch_metadata(sources)


def dead_lettered():
    properties = {
        "DeadLetterReason": "MaxDeliveryCountExceeded",
        "DeadLetterErrorDescription": "tried 10 times",
    }
    return message(
        b'{"id":"order-9"}', delivery_count=10, dead_letter_source="orders", application_properties=properties
    )


@pytest.mark.parametrize(
    ("event", "sent"),
    [
        ("service_bus_single", lambda: single(message(b'{"id":"order-7"}'))),
        (
            "service_bus_batch",
            lambda: batch([message(b'{"id":"order-7"}'), message(b"{}", message_id="order-8", subject=None)]),
        ),
        ("service_bus_dead_letter", lambda: single(dead_lettered())),
    ],
)  # fmt: skip
def test_the_host_sends_the_captured_payload(event, sent):
    captured = json.loads((EVENTS / f"{event}.json").read_text(encoding="utf-8"))

    assert as_event(*sent()) == captured


def test_a_function_sees_the_message():
    seen = decode(*single(message(b"text")))

    assert isinstance(seen, func.ServiceBusMessage)
    assert seen.get_body() == b"text"
    assert seen.message_id == "order-7/advance/1"
    assert seen.correlation_id == "trace-1"
    assert seen.subject == seen.label == "advance"
    assert seen.application_properties == seen.user_properties == {"attempt": 1, "traceparent": "00-aa-bb-01"}
    assert seen.sequence_number == 42
    assert seen.lock_token == "0f8fad5b-d9cb-469f-a165-70867728950e"


def test_deliveries_are_counted_from_one():
    assert decode(*single(message(delivery_count=0))).delivery_count == 1
    assert [seen.delivery_count for seen in decode(*batch([message(delivery_count=n) for n in (0, 4)]))] == [
        1,
        5,
    ]


def test_datetimes_arrive_without_zone_as_in_azure():
    (of_batch,) = decode(*batch([message()]))
    for seen in (decode(*single(message())), of_batch):
        assert seen.enqueued_time_utc == datetime(2026, 11, 20, 9, 30, 15, 120000)  # noqa: DTZ001
        assert seen.expires_at_utc == datetime(2026, 12, 4, 9, 30, 15)  # noqa: DTZ001


def test_what_azure_leaves_out_is_absent():
    seen = decode(*single(dead_lettered()))

    assert seen.locked_until is None
    assert seen.scheduled_enqueue_time_utc is None
    assert seen.time_to_live is None
    assert seen.state is None
    assert seen.dead_letter_reason is None
    assert seen.dead_letter_error_description is None
    assert seen.dead_letter_source == "orders"
    assert seen.application_properties["DeadLetterReason"] == "MaxDeliveryCountExceeded"


def test_texts_missing_in_a_batch_move_later_ones_up_as_in_azure():
    seen = decode(*batch([message(subject=None), message(subject="b"), message(subject="c")]))

    assert [one.subject for one in seen] == ["b", "c", None]


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05+00:00"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (b"raw", "raw"),
        ("bjørn", "bjørn"),
        (True, True),
        (None, None),
    ],
)
def test_application_properties_of_every_type_become_json(value, seen):
    assert decode(*single(message(application_properties={"p": value}))).application_properties == {"p": seen}
