"""What is expected where a JSON value could not be read, and which kind was found; it quotes nothing."""

from typing import Any

from shared.contracts.reading.json_body import UNSOUND
from shared.contracts.reading.wire_model import members_of

_EXPECTED = {
    "string_type": "a string",
    "list_type": "a list",
    "bool_type": "true or false",
}
_OBJECT = ("model_type", "dataclass_type")
_FOUND = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list"}


def conversion_error(key: str, problem: Any, model: type | None) -> str:
    """Return the text for a value that cannot be read; `model` is what an object in its place has to be."""
    return (
        f"The JSON value could not be converted. Path: {key}."
        f" Expected {_expected(problem, model)}, found {_found(problem['input'])}."
    )


def _expected(problem: Any, model: type | None) -> str:
    kind: str = problem["type"]
    if kind == "value_error":  # of one of our own types, whose error says what it reads
        return str(problem["ctx"]["error"])
    if kind in _OBJECT and model is not None:
        members = (field.serialization_alias for field in members_of(model).values())
        return f"an object with the members {', '.join(f"'{name}'" for name in members)}"
    return _EXPECTED.get(kind, "another type")


def _found(value: object) -> str:
    if value is None:
        return "null"
    if value is UNSOUND:
        return "a text with a NUL or half of a surrogate pair, or a number of more than 20 digits"
    return _FOUND.get(type(value), "an object")
