"""JSON of requests: strict about syntax, lenient about the case of property names.

Every value that a model gets can be encoded, stored and written as XML or JSON.
"""

import json
import re
from typing import Any, NoReturn

from shared.contracts.reading.limits import REQUEST_ESCAPES, REQUEST_NESTING, REQUEST_PARTS


class _Unsound:
    """Stands for what no model accepts: text with half a surrogate pair or a NUL, and overlong numbers."""


UNSOUND = _Unsound()


class JsonUnreadableError(ValueError):
    """The body is not JSON as this API reads it; the text says why, without quoting the body."""


def read_json(body: bytes) -> object:
    """Parse a UTF-8 body (a byte order mark is skipped) into values with property names in lower case.

    The last value of a property counts. Text with half a surrogate pair or a NUL becomes UNSOUND, and so do
    numbers of more than 20 digits: a model refuses them only in members that it reads. Raises
    JsonUnreadableError for other encodings, comments, trailing commas, `NaN`, and more than 32 levels, a
    million parts or five million escape sequences.
    """
    if len(body) > REQUEST_PARTS and sum(map(body.count, b"{[,")) > REQUEST_PARTS:
        raise JsonUnreadableError(f"The JSON has more than {REQUEST_PARTS} parts.")
    if len(body) > REQUEST_ESCAPES and body.count(b"\\") > REQUEST_ESCAPES:
        raise JsonUnreadableError(f"The JSON has more than {REQUEST_ESCAPES} escape sequences.")
    try:
        text = body.decode("utf-8-sig")
        value = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise JsonUnreadableError("The body is not valid JSON.") from error
    if text.count("{") + text.count("[") > REQUEST_NESTING and _is_deeper(value, REQUEST_NESTING):
        raise JsonUnreadableError(f"The JSON is nested deeper than {REQUEST_NESTING} levels.")
    # Decoding the bytes refuses such text; only an escape sequence can still hold it.
    return _sound(value) if "\\u" in text else value


def _with_lower_case_names(pairs: list[tuple[str, object]]) -> dict[str, object]:
    return {name.lower(): value for name, value in pairs}


def _whole_number(digits: str) -> object:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else UNSOUND


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_UNSOUND_TEXT = re.compile("[\0\ud800-\udfff]")
_LONGEST_NUMBER = 20  # digits; far more than any member needs
_DECODER = json.JSONDecoder(
    object_pairs_hook=_with_lower_case_names, parse_int=_whole_number, parse_constant=_refuse_constant
)


def _is_deeper(value: object, levels: int) -> bool:
    nested: list[Any] = [value]
    for _ in range(levels):
        children = (parent.values() if isinstance(parent, dict) else parent for parent in nested)
        nested = [child for some in children for child in some if isinstance(child, dict | list)]
    return bool(nested)


def _sound(value: object) -> object:
    """Return a value of at most REQUEST_NESTING levels, with UNSOUND in place of every unsound text."""
    match value:
        case str():
            return UNSOUND if _UNSOUND_TEXT.search(value) else value
        case dict():
            return {name: _sound(item) for name, item in value.items()}
        case list():
            return [_sound(item) for item in value]
        case _:
            return value
