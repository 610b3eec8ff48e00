"""What triggers give to the worker runtime and get back, without types of either side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

type ValueKind = Literal[
    "string", "json", "bytes", "collection_string", "collection_bytes", "collection_sint64"
]
"""How Azure's host labels a value on the wire; `json` values are JSON text."""


class TypedValue(NamedTuple):
    """A value and the label that Azure's host gives it on the way to the worker."""

    kind: ValueKind
    value: str | bytes | Sequence[str] | Sequence[bytes] | Sequence[int]


type TriggerMetadata = Mapping[str, TypedValue]


@dataclass(frozen=True, slots=True)
class HttpCall:
    """A request as a function sees it: header names in lower case, absent optional parts left out."""

    method: str
    url: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    route: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What a function answered; `cookies` are complete Set-Cookie values."""

    status: int
    headers: Mapping[str, str]
    cookies: Sequence[str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Failure:
    """The function raised, or its input or output could not be converted."""

    error: str
    traceback: str
