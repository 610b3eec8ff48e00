"""JSON of the answers: indented, UTF-8 with every letter written as itself, without members that are null.

Each answer is a TypedDict with its builder beside it. The OpenAPI document is made from the same types. A
member that may be None is declared `X | None`: the builder must name it, `without_nulls` leaves it out where
it is None, and the document calls it optional. A member that is null instead is declared as `NullShown`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema
from pydantic_core import to_json as _serialize

NULL_SHOWN = "null_shown"

type Json = Mapping[str, object]


def to_json(answer: Json | Sequence[Json]) -> bytes:
    """Serialize an answer as it was built."""
    return _serialize(answer, indent=2)


class NullShown:
    """Marks a member that is null where it has no value: `Annotated[X | None, NullShown()]`."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Mark the schema of the member, for the document."""
        schema = handler(source)
        return cast("CoreSchema", {**schema, "metadata": {**schema.get("metadata", {}), NULL_SHOWN: True}})


def without_nulls[A](answer: A) -> A:
    """Return an object without the members that are None; nested objects stay as they are."""
    members = cast("Json", answer)
    return cast("A", {name: value for name, value in members.items() if value is not None})
