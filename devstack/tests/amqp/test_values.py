"""Values are read as they were written, and malformed bytes raise nothing but AmqpError."""

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devstack.amqp.decode import decode_value, map_items, skip_value
from devstack.amqp.encode import encode_value, encoded
from devstack.amqp.types import (
    AmqpError,
    Array,
    Described,
    Int,
    Symbol,
    Timestamp,
    UByte,
    UInt,
    ULong,
    UShort,
)

# A busy machine is no failure.
PATIENT = settings(deadline=None)
int64 = st.integers(-(2**63), 2**63 - 1)
ascii_text = st.text(st.characters(max_codepoint=127), max_size=300)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    int64,
    st.floats(allow_nan=False),
    st.text(max_size=300),
    st.binary(max_size=300),
    st.uuids(),
    ascii_text.map(Symbol),
    int64.map(Timestamp),
    st.integers(0, 2**8 - 1).map(UByte),
    st.integers(0, 2**16 - 1).map(UShort),
    st.integers(0, 2**32 - 1).map(UInt),
    st.integers(0, 2**64 - 1).map(ULong),
    st.integers(-(2**31), 2**31 - 1).map(Int),
)
arrays = st.one_of(
    st.lists(int64),
    st.lists(st.uuids()),
    st.lists(st.booleans()),
    st.lists(st.floats(allow_nan=False)),
    st.lists(int64.map(Timestamp)),
    st.lists(st.text(max_size=20)),
    st.lists(ascii_text.map(Symbol)),
).map(Array)
keys = st.one_of(st.text(max_size=20), int64, ascii_text.map(Symbol))
values = st.recursive(
    st.one_of(scalars, arrays),
    lambda inner: st.one_of(
        st.lists(inner, max_size=20),
        st.dictionaries(keys, inner, max_size=5),
        st.builds(Described, st.just(Symbol("test:described")), inner),
    ),
    max_leaves=20,
)


@PATIENT
@given(values, st.binary(max_size=4))
def test_a_value_survives_and_ends_where_it_should(value: object, rest: bytes) -> None:
    data = encoded(value)
    assert decode_value(data + rest) == (value, len(data))
    assert skip_value(data + rest, 0) == len(data)


@PATIENT
@given(scalars)
def test_types_that_python_lacks_come_back_as_such(value: object) -> None:
    decoded, _ = decode_value(encoded(value))
    if isinstance(value, Symbol | Timestamp | UUID):
        assert type(decoded) is type(value)


@PATIENT
@given(st.dictionaries(st.text(max_size=9), scalars, max_size=200))
def test_map_items_keep_values_encoded(mapping: dict[str, object]) -> None:
    data = encoded(mapping)
    items, end = map_items(data, 0)
    assert dict(items) == {key: encoded(value) for key, value in mapping.items()}
    assert end == len(data)


@PATIENT
@given(st.binary(max_size=60))
def test_garbage_is_an_amqp_error_or_a_value(data: bytes) -> None:
    for read in (decode_value, skip_value):
        try:
            read(data, 0)
        except AmqpError:
            continue


@PATIENT
@given(values.filter(lambda value: len(encoded(value)) > 1), st.data())
def test_a_truncated_value_is_an_error(value: object, data: st.DataObject) -> None:
    whole = encoded(value)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    with pytest.raises(AmqpError):
        decode_value(cut)
    with pytest.raises(AmqpError):
        skip_value(cut, 0)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("40", None),
        ("41", True),
        ("5600", False),
        ("43", 0),
        ("5280", 128),
        ("54ff", -1),
        ("71fffffffe", -2),
        ("8300000000000003e8", Timestamp(1000)),
        ("a107476c6f726961c2", None),
        ("a103c3b861", "øa"),
        ("a304616d7170", Symbol("amqp")),
        ("45", []),
        ("c00502 41 a10178".replace(" ", ""), [True, "x"]),
        ("e0060281 00".replace(" ", ""), None),
        ("e00402520102", [1, 2]),
    ],
)
def test_encodings_that_other_peers_choose(data: str, value: object) -> None:
    if value is None and data != "40":
        with pytest.raises(AmqpError):
            decode_value(bytes.fromhex(data))
    else:
        assert decode_value(bytes.fromhex(data))[0] == value


@pytest.mark.parametrize(
    "value", [2**63, object(), {1, 2}, UByte(256), Array([1, "x"]), Symbol("ø"), [object()]]
)
def test_what_amqp_cannot_carry(value: object) -> None:
    with pytest.raises(AmqpError):
        encode_value(bytearray(), value)
