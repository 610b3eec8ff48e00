"""A broker leaves the bare message as it is, byte for byte."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devstack.amqp.decode import decode_value
from devstack.amqp.encode import encoded
from devstack.amqp.message import (
    add_application_properties,
    annotation_key,
    count_items,
    open_envelope,
    read_content,
    read_message_id,
    seal_envelope,
    split_batch,
    write_message,
)
from devstack.amqp.performatives import Header, Properties
from devstack.amqp.types import AmqpError, Timestamp

# A busy machine is no failure.
PATIENT = settings(deadline=None)
# As azure-servicebus 7.15 encodes a message with a time to live of 5 s, scheduled for 2026-01-01.
FROM_SDK = bytes.fromhex(
    "005370c00a05404070000013884040005372c12802a31c782d6f70742d7363686564756c65642d656e71756575652d74"
    "696d65830000019b76daa800005373c0260da10261314040a10477616b654040404083000001a1fc0d104883000001a1"
    "fc0cfcc0404040005374c11a04a1016e5401a101759800000000000000000000000000000007005375a0027b7d"
)
ids = st.one_of(st.none(), st.text(max_size=300), st.uuids(), st.binary(max_size=10))
properties = st.tuples(ids, st.none(), st.none(), st.none() | st.text(max_size=20)).map(
    lambda v: Properties(*v)
)
application_properties = st.dictionaries(
    st.text(max_size=9), st.none() | st.integers(-5, 5) | st.text(max_size=9)
)
bodies = st.one_of(st.binary(max_size=400), st.text(max_size=9), st.lists(st.integers(0, 5)))
names = st.text(st.characters(max_codepoint=127), max_size=20)


def test_a_message_of_the_sdk() -> None:
    envelope = open_envelope(FROM_SDK)
    assert envelope.header.ttl == 5000
    scheduled, _ = decode_value(envelope.annotations["x-opt-scheduled-enqueue-time"])
    assert scheduled == Timestamp(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000)
    content = read_content(envelope.bare)
    assert (content.body, content.properties.subject) == (b"{}", "wake")
    assert content.application_properties == {"n": 1, "u": UUID(int=7)}
    assert read_message_id(envelope.bare) == "a1"


@pytest.mark.parametrize(
    ("body", "items"),
    [
        (b"{}", 1),
        (b"[{},{}]", 2),
        (b'[{"a":[1,2,3]}]', 1),
        (b"[]", 0),
        (b"[{", 1),
        (b"\xff", 1),
        ("[1,2]", 1),
    ],
)
def test_items_of_a_json_array_are_counted_and_anything_else_is_one(body: object, items: int) -> None:
    assert count_items(write_message(body, properties=Properties("id"))) == items


def test_what_cannot_be_read_counts_as_one() -> None:
    assert count_items(b"\x00\x53") == 1


@PATIENT
@given(properties, application_properties, bodies)
def test_content_survives(properties: Properties, application: dict[str, object], body: object) -> None:
    bare = write_message(body, properties=properties, application_properties=application)
    content = read_content(bare)
    assert (content.properties, content.application_properties) == (properties, application)
    assert content.body == body
    assert read_message_id(bare) == properties.message_id


@PATIENT
@given(properties, bodies, st.dictionaries(names, st.integers(0, 9) | st.text(max_size=300)))
def test_resealing_keeps_the_bare_message_and_foreign_annotations(
    properties: Properties, body: object, annotations: dict[str, object]
) -> None:
    bare = write_message(body, properties=properties)
    items = [(annotation_key(name), encoded(value)) for name, value in annotations.items()]
    envelope = open_envelope(seal_envelope(Header(delivery_count=3), items, bare))
    assert envelope.bare == bare
    assert envelope.header == Header(delivery_count=3)
    assert {name: decode_value(value)[0] for name, value in envelope.annotations.items()} == annotations


@PATIENT
@given(properties, application_properties, bodies)
def test_adding_application_properties_changes_nothing_else(
    properties: Properties, application: dict[str, object], body: object
) -> None:
    bare = write_message(body, properties=properties, application_properties=application)
    content = read_content(add_application_properties(bare, {"DeadLetterReason": "why"}))
    assert (content.properties, content.body) == (properties, body)
    assert content.application_properties == {**application, "DeadLetterReason": "why"}


def test_sections_may_come_in_any_order_and_delivery_annotations_are_dropped() -> None:
    bare = write_message(b"x", properties=Properties("id"))
    delivery_annotations = b"\x00\x53\x71" + encoded({"for": "the next hop"})
    envelope = open_envelope(bare + encoded(Header(ttl=1)) + delivery_annotations)
    assert envelope.bare == bare
    assert envelope.header.ttl == 1


@PATIENT
@given(st.lists(st.binary(max_size=300), max_size=9))
def test_a_batch_is_its_data_sections(messages: list[bytes]) -> None:
    batch = b"".join(b"\x00\x53\x75" + encoded(message) for message in messages)
    assert split_batch(batch) == messages


@PATIENT
@given(st.binary(min_size=1, max_size=60))
def test_garbage_is_an_amqp_error_or_a_message(data: bytes) -> None:
    for read in (open_envelope, read_content, read_message_id, split_batch):
        try:
            read(data)
        except AmqpError:
            continue


@pytest.mark.parametrize("cut", [1, 30, 80, len(FROM_SDK) - 1])
def test_a_truncated_message_is_an_error(cut: int) -> None:
    with pytest.raises(AmqpError):
        open_envelope(FROM_SDK[:cut])
