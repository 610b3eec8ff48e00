"""JSON on its way in: strict about the text, lenient about the case of property names.

What comes out is safe to encode, store and write as XML or JSON later on.
"""

import json
from collections.abc import Iterator
from typing import NoReturn

from shared.contracts.limits import REQUEST_NESTING, REQUEST_PARTS


class JsonUnreadableError(ValueError):
    """The body is not JSON as this API reads it; the text says why and quotes nothing of the body."""


def read_json(body: bytes) -> object:
    """Parse a UTF-8 body (a byte order mark is skipped); names of properties come out in lower case.

    Of a property given twice the last value counts. Raises JsonUnreadableError for other encodings, comments,
    trailing commas, `NaN`, more than 32 levels or a million parts, and text that holds half a surrogate pair
    or a NUL.
    """
    if len(body) > REQUEST_PARTS and sum(map(body.count, b"{[,")) > REQUEST_PARTS:
        msg = f"The JSON has more than {REQUEST_PARTS} parts."
        raise JsonUnreadableError(msg)
    try:
        text = body.decode("utf-8-sig")
        value = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        msg = "The body is not valid JSON."
        raise JsonUnreadableError(msg) from error
    if text.count("{") + text.count("[") > REQUEST_NESTING and _is_deeper(value, REQUEST_NESTING):
        msg = f"The JSON is nested deeper than {REQUEST_NESTING} levels."
        raise JsonUnreadableError(msg)
    # Only an escape sequence can smuggle in what the decoding of the bytes would have refused.
    if "\\u" in text and not all(map(_is_sound, _strings(value))):
        msg = "The JSON holds text that is not valid Unicode, or a NUL character."
        raise JsonUnreadableError(msg)
    return value


def _with_lower_case_names(pairs: list[tuple[str, object]]) -> dict[str, object]:
    return {name.lower(): value for name, value in pairs}


def _refuse_constant(name: str) -> NoReturn:
    msg = f"{name} is not JSON"
    raise ValueError(msg)


_DECODER = json.JSONDecoder(object_pairs_hook=_with_lower_case_names, parse_constant=_refuse_constant)


def _children(value: object) -> Iterator[object]:
    match value:
        case dict():
            yield from value.values()
        case list():
            yield from value
        case _:
            return


def _is_deeper(value: object, levels: int) -> bool:
    nested = [value]
    for _ in range(levels):
        nested = [child for parent in nested for child in _children(parent) if isinstance(child, dict | list)]
    return bool(nested)


def _strings(value: object) -> Iterator[str]:
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            yield item
        else:
            pending.extend(_children(item))


def _is_sound(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
