"""JSON of requests: strict about syntax, lenient about the case of property names.

Every value that a model gets can be encoded, stored and written as XML or JSON.
"""

import json
import re
from typing import Any, NoReturn

from shared.contracts.reading.limits import (
    EMAIL_BODY_LENGTH,
    REQUEST_ESCAPES,
    REQUEST_MEMORY_BYTES,
    REQUEST_NESTING,
)


class _Unsound:
    """Stands for what no model accepts: text with half a surrogate pair or a NUL, and overlong numbers."""


UNSOUND = _Unsound()


class JsonUnreadableError(ValueError):
    """The body is not JSON as this API reads it; the text says why, without quoting the body."""


def read_json(body: bytes) -> object:
    """Parse a UTF-8 body (a byte order mark is skipped) into values with property names in lower case.

    The last value of a property counts. Text with half a surrogate pair or a NUL becomes UNSOUND, and so do
    numbers of more than 20 digits: a model refuses them only in members that it reads. Raises
    JsonUnreadableError for other encodings, comments, trailing commas, `NaN`, more than 32 levels or five
    million escape sequences, and more parts or characters than REQUEST_MEMORY_BYTES can hold.
    """
    room = REQUEST_MEMORY_BYTES - 2 * len(body)  # it stays in memory meanwhile, and so may one that waits
    if len(body) * _MOST_FOR_ONE_BYTE > room and memory_to_read(body) > room:
        raise JsonUnreadableError("The JSON has too many objects, lists, values or characters.")
    if len(body) > REQUEST_ESCAPES and body.count(b"\\") > REQUEST_ESCAPES:
        raise JsonUnreadableError(f"The JSON has more than {REQUEST_ESCAPES} escape sequences.")
    try:
        text = body.decode("utf-8-sig")
        value = _DECODER.decode(text)
    except UnicodeDecodeError as error:
        raise JsonUnreadableError(
            f"The body is not UTF-8: byte {error.start + 1} begins no character."
        ) from error
    except json.JSONDecodeError as error:
        raise JsonUnreadableError(
            f"The body is not valid JSON: line {error.lineno}, column {error.colno}."
        ) from error
    except (ValueError, RecursionError) as error:
        raise JsonUnreadableError("The body is not valid JSON.") from error
    if text.count("{") + text.count("[") > REQUEST_NESTING and _is_deeper(value, REQUEST_NESTING):
        raise JsonUnreadableError(f"The JSON is nested deeper than {REQUEST_NESTING} levels.")
    # Decoding the bytes refuses such text; only an escape sequence can still hold it.
    return _sound(value) if "\\u" in text else value


def memory_to_read(body: bytes) -> int:
    """Return about how many bytes reading a body takes: its text, and all values that are made of it.

    Python keeps a text with as many bytes for each of its characters as the widest one needs.
    """
    pairs = sum(body.count(first) for first in range(0xF0, 0xF5))  # characters beyond U+FFFF
    escaped_pairs = body.count(rb"\ud") + body.count(rb"\uD")
    width = _width(body)
    text = (4 if pairs else width) * len(body)
    values = max(width, 2 if rb"\u" in body else 1) * len(body)
    # each such character makes the text that it is in wider, which is as long as an e-mail at most
    wider = min(3 * len(body), 3 * EMAIL_BODY_LENGTH * (pairs + escaped_pairs))
    return sum(body.count(mark) * size for mark, size in _PART_BYTES) + text + values + wider


def _width(body: bytes) -> int:
    """Return how many bytes each character of a body takes, if none is beyond U+FFFF."""
    return 1 if body.isascii() or not any(first in body for first in range(0xC4, 0xF0)) else 2


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
# What an object takes, a list, the name of a member, and a value with its place in a list or object.
_PART_BYTES = ((b"{", 220), (b"[", 120), (b":", 105), (b",", 90))
_MOST_FOR_ONE_BYTE = 220


def _is_deeper(value: object, levels: int) -> bool:
    nested: list[Any] = [value]
    for _ in range(levels):
        children = (parent.values() if isinstance(parent, dict) else parent for parent in nested)
        nested = [child for some in children for child in some if isinstance(child, dict | list)]
    return bool(nested)


def _sound(value: object) -> object:
    """Put UNSOUND in place of every unsound text in a value of at most REQUEST_NESTING levels; return it."""
    match value:
        case str():
            return UNSOUND if _UNSOUND_TEXT.search(value) else value
        case dict():
            for name, item in value.items():
                value[name] = _sound(item)
        case list():
            value[:] = map(_sound, value)
    return value
