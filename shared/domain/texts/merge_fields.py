"""Fields in texts: `{{name}}` stands for the value that a recipient's `fields` have under this name.

Names are read in any case. Only an order that brings fields is read for them, and a text of it has `{{`
nowhere else. Values are put in once, and nothing in them is read again.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import chain, repeat

_NAME = "[A-Za-z][A-Za-z0-9_]{0,49}"
FIELD_NAME = f"^{_NAME}$"
# Not after another brace: template languages write {{{name}}} for something else.
_PLACE = re.compile(rf"(?<!\{{)\{{\{{({_NAME})\}}\}}")
_GAP = "\0"  # no request and no name of a register may hold it


class StrayBracesError(ValueError):
    """A text has `{{` that begins no field; `at` is its position, counted from 0."""

    def __init__(self, at: int) -> None:
        super().__init__(f"'{{{{' at {at} begins no field")
        self.at = at


def is_field_name(name: str) -> bool:
    """Whether a field may have this name: a letter, then letters, digits and underscores, 50 at most."""
    return re.fullmatch(_NAME, name) is not None


def fields_in(text: str) -> Counter[str]:
    """Return how often a text uses which field; names in lower case. StrayBracesError."""
    rest = _PLACE.sub(lambda place: _GAP * len(place[0]), text)
    stray = rest.find("{{")
    if stray >= 0:
        raise StrayBracesError(stray)
    return Counter(name.lower() for name in _PLACE.findall(text))


def without_places(text: str) -> str:
    """Return what stays of a text when all fields are empty."""
    return _PLACE.sub("", text)


def merged(text: str, values: Mapping[str, str], fill: Callable[[str], str]) -> str:
    """Return a text with the values of its fields; `fill` changes what stands around them."""
    pieces = _PLACE.split(text)
    around = fill(_GAP.join(pieces[::2])).split(_GAP)
    found = [values.get(name.lower(), "") for name in pieces[1::2]]
    return "".join(chain(*zip(around, chain(found, repeat("", 1)), strict=True)))
