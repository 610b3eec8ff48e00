"""AMQP types without an equivalent in Python.

Decoding returns plain Python values where a Service Bus peer needs no more: every integer is an `int`, both
floats are `float`, lists and arrays are `list`. Encoding an `int` writes a long; the subclasses here choose
the width that a peer insists on.
"""

from typing import NamedTuple


class AmqpError(Exception):
    """Bytes that are not AMQP 1.0, or a value that AMQP cannot carry."""


class Symbol(str):
    """ASCII text from a constrained domain: map keys of annotations, error conditions, capabilities."""

    __slots__ = ()


class Timestamp(int):
    """Milliseconds since the Unix epoch."""

    __slots__ = ()


class UByte(int):
    """Unsigned, 8 bits."""

    __slots__ = ()


class UShort(int):
    """Unsigned, 16 bits."""

    __slots__ = ()


class UInt(int):
    """Unsigned, 32 bits."""

    __slots__ = ()


class ULong(int):
    """Unsigned, 64 bits."""

    __slots__ = ()


class Int(int):
    """Signed, 32 bits."""

    __slots__ = ()


class Array[T](list[T]):
    """Values of one type, encoded with a single constructor taken from the first of them."""

    __slots__ = ()


class Described(NamedTuple):
    """A value whose descriptor has no class here."""

    descriptor: object
    value: object
