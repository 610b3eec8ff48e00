"""Constraints of route parameters, such as `{n:int}`, checked as leniently as .NET does."""

import re
from collections.abc import Callable, Mapping

from devstack.host.http.dotnet_guid import WHITE_SPACE, is_guid

type Constraint = Callable[[str], bool]

_INTEGER = re.compile(r"[\t\n\v\f\r ]*([+-]?[0-9]+)[\t\n\v\f\r ]*")
_LETTERS = re.compile(r"[a-zA-Z]*\n?")


def constraint(text: str) -> Constraint:
    """Return the check that a constraint such as `length(3)` stands for; raises ValueError if unknown."""
    name, _, arguments = text.removesuffix(")").partition("(")
    if name in _PLAIN and not arguments:
        return _PLAIN[name]
    if name in _LENGTHS:
        least, most = _LENGTHS[name](*(int(number) for number in arguments.split(",")))
        return lambda value: least <= _length(value) <= most
    raise ValueError(text)


def _fits(bits: int) -> Constraint:
    limit = 1 << (bits - 1)

    def fits(value: str) -> bool:
        match = _INTEGER.fullmatch(value)
        return match is not None and -limit <= int(match[1]) < limit

    return fits


def _is_bool(value: str) -> bool:
    return value.strip(WHITE_SPACE).lower() in {"true", "false"}


def _is_alpha(value: str) -> bool:
    return _LETTERS.fullmatch(value) is not None


def _length(value: str) -> int:
    """Count as .NET does: a character beyond the first 65 536 counts as two."""
    return len(value) + sum(character > "\uffff" for character in value)


_PLAIN: Mapping[str, Constraint] = {
    "guid": is_guid,
    "int": _fits(32),
    "long": _fits(64),
    "bool": _is_bool,
    "alpha": _is_alpha,
}
_ENDLESS = 1 << 31
_LENGTHS: Mapping[str, Callable[..., tuple[int, int]]] = {
    "length": lambda least, most=None: (least, least if most is None else most),
    "minlength": lambda least: (least, _ENDLESS),
    "maxlength": lambda most: (0, most),
}
