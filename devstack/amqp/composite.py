"""Registry of described lists with named fields: the class of a descriptor and how its fields encode."""

from collections.abc import Callable

from devstack.amqp.encode import compound, register
from devstack.amqp.primitives import Encoder

_BY_DESCRIPTOR: dict[object, Callable[..., object]] = {}


def composite_for(descriptor: object) -> Callable[..., object] | None:
    """Return the class of the composite with this descriptor, None when unknown."""
    return _BY_DESCRIPTOR.get(descriptor)


def composite[T](code: int, *fields: Encoder) -> Callable[[type[T]], type[T]]:
    """Register a named tuple under its descriptor for both directions; None fields encode as null."""
    prefix = bytes((0x00, 0x53, code))

    def encode(out: bytearray, value: tuple[object, ...]) -> None:
        count = len(value)
        while count and value[count - 1] is None:
            count -= 1
        out += prefix
        if not count:
            out.append(0x45)
            return
        body = bytearray()
        for encode_field, field in zip(fields, value[:count], strict=False):
            if field is None:
                body.append(0x40)
            else:
                encode_field(body, field)
        compound(out, 0xC0, count, body)

    def declare(kind: type[T]) -> type[T]:
        _BY_DESCRIPTOR[code] = kind
        register(kind, encode)
        return kind

    return declare
