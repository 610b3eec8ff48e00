"""The requests that an example in C# makes, as far as they are written in its text."""

import json
import re
from dataclasses import dataclass
from typing import Any

_CALL = re.compile(r'client\.(?P<method>Get|Post|Put)(?:FromJson)?Async(?:<\w+>)?\(\$?"(?P<path>[^"]+)"')
_BODY = re.compile(r'"""\n(?P<json>.*?)\n\s*"""', re.DOTALL)
_BASE = re.compile(r'BaseAddress = new Uri\("http://[^/"]+(?P<path>/[^"]*)"\)')
_HOLE = re.compile(r"\\\{\w+\\\}")


@dataclass(frozen=True, slots=True)
class WrittenRequest:
    """One call: a pattern for its path, because ids are filled in, and its JSON body, None without one."""

    method: str
    path: re.Pattern[str]
    body: Any


def requests_in(text: str) -> list[WrittenRequest]:
    """Return the calls of an example in the order of its text; each POST takes the next body."""
    base = _BASE.search(text)
    bodies = [json.loads(match["json"]) for match in _BODY.finditer(text)]
    found = []
    for match in _CALL.finditer(text):
        method = match["method"].upper()
        path = _HOLE.sub("[^/]+", re.escape((base["path"] if base else "") + match["path"]))
        found.append(WrittenRequest(method, re.compile(path), bodies.pop(0) if method == "POST" else None))
    if bodies:
        raise ValueError("the example has a body that no request carries")
    return found
