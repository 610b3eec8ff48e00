"""JSON on its way out: indented, UTF-8 with every letter written as itself, nothing that is null."""

from pydantic_core import to_json as _serialize

type JsonObject = dict[str, object]


def to_json(value: JsonObject | list[JsonObject]) -> bytes:
    """Serialize what the builders of this package return."""
    return _serialize(value, indent=2)


def present(**members: object) -> JsonObject:
    """Return the members that are not None; the API leaves null properties out."""
    return {name: value for name, value in members.items() if value is not None}
