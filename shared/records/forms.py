"""How records become JSON: a form names the member of each attribute and how its value is written.

Absent members mean the default of the dataclass, so records may gain attributes without a migration.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

type Json = dict[str, Any]
type Way = tuple[Callable[[Any], Any], Callable[[Any], Any]]  # to JSON and back


class Form[RecordT]:
    """Writes and reads dataclasses of one kind; `members` are by attribute, alone where JSON has the type."""

    def __init__(self, kind: type[RecordT], members: Mapping[str, str | tuple[str, Way]]) -> None:
        defaults = {field.name: _default(field) for field in fields(kind)}  # type: ignore[arg-type]
        self._kind = kind
        self._members = [
            (attribute, *((member, AS_IS) if isinstance(member, str) else member), defaults[attribute])
            for attribute, member in members.items()
        ]

    def dump(self, record: RecordT) -> Json:
        """Return a record as JSON members."""
        value: Json = {}
        for attribute, member, (dump, _), default in self._members:
            if (content := getattr(record, attribute)) != default:
                value[member] = dump(content)
        return value

    def load(self, value: Json) -> RecordT:
        """Read what `dump` returned; KeyError, TypeError or ValueError when it is something else."""
        return self._kind(
            **{
                attribute: load(value[member])
                for attribute, member, (_, load), _ in self._members
                if member in value
            }
        )

    @property
    def way(self) -> Way:
        """This form as the way of an attribute."""
        return self.dump, self.load


def enum(kind: type[StrEnum]) -> Way:
    """Return the way of an enumeration: its value."""
    return str, kind


def many(way: Way) -> Way:
    """Return the way of a tuple."""
    dump, load = way
    return lambda values: [dump(value) for value in values], lambda values: tuple(map(load, values))


def by(key: Callable[[str], Any], way: Way) -> Way:
    """Return the way of a mapping whose keys are read by `key`."""
    dump, load = way
    return (
        lambda values: {str(name): dump(value) for name, value in values.items()},
        lambda values: {key(name): load(value) for name, value in values.items()},
    )


def instant(at: datetime) -> str:
    """Return an instant as ISO 8601 with `Z`."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


AS_IS: Way = (lambda value: value, lambda value: value)
INSTANT: Way = (instant, datetime.fromisoformat)


def _default(field: "Field[Any]") -> object:
    return field.default if field.default_factory is MISSING else field.default_factory()
