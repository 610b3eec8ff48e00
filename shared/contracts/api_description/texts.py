"""The words of the OpenAPI document, from `texts.toml`, and the sentences about statuses and results."""

import tomllib
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shared.contracts.answers import status_descriptions
from shared.contracts.answers.status_names import (
    order_status_name,
    result_name,
    v1_order_status_name,
    v1_result_name,
)
from shared.domain.orders.notification import results_of
from shared.domain.orders.order import Channel, OrderStatus

_TEXTS: dict[str, Any] = tomllib.loads(Path(__file__).with_name("texts.toml").read_text(encoding="utf-8"))

TAGS: Mapping[str, str] = _TEXTS["tags"]
OPERATIONS: Mapping[str, str] = _TEXTS["operations"]
SCHEMAS: Mapping[str, str] = _TEXTS["schemas"]
ENUMERATIONS: Mapping[str, str] = _TEXTS["enumerations"]


def of_member(schema: str, member: str) -> str:
    """Return what a member of an object means; KeyError when nobody has written it down."""
    own: str | None = _TEXTS["members_of"].get(schema, {}).get(member)
    return own or str(_TEXTS["members"][member])


def of_schema(name: str) -> str:
    """Return what an object is, or what the members of an enumeration mean, one on a line."""
    if name not in ENUMERATIONS:
        return SCHEMAS[name]
    meanings = _sentences(name)
    return "\n".join(
        [ENUMERATIONS[name], "", *(f"- `{member}`: {text}" for member, text in meanings.items())]
    )


def unused(described: Mapping[str, Mapping[str, object]]) -> list[str]:
    """Return what is written down about nothing; `described` are the members by schema."""
    names = {member for members in described.values() for member in members}
    schemas = {*SCHEMAS, *ENUMERATIONS} - set(described)
    members = set(_TEXTS["members"]) - names
    own = [
        f"{schema}.{member}"
        for schema, texts in _TEXTS["members_of"].items()
        for member in texts
        if member not in described.get(schema, {})
    ]
    return sorted([*schemas, *members, *own])


def _sentences(enumeration: str) -> Mapping[str, str]:
    written: dict[str, str] | None = _TEXTS["members_of_enumerations"].get(enumeration)
    return written or {name: " ".join(dict.fromkeys(texts)) for name, texts in _about(enumeration).items()}


def _about(enumeration: str) -> dict[str, list[str]]:
    """Return the sentences about every status of an enumeration; some stand for several stored ones."""
    found: dict[str, list[str]] = defaultdict(list)
    if enumeration in ("ShipmentStatus", "V1OrderStatus"):
        name_of = order_status_name if enumeration == "ShipmentStatus" else v1_order_status_name
        for status, text in status_descriptions.ORDER.items():
            if status is not OrderStatus.PROCESSED or enumeration == "ShipmentStatus":
                found[name_of(status)].append(text)
        return found
    for channel in Channel:
        for result in results_of(channel):
            public = result_name(channel, result)
            names = {
                "RecipientStatus": public,
                "LogResult": public.partition("_")[2],
                "NotificationResult": v1_result_name(result),
                "StoredResult": str(result),
            }
            found[names[enumeration]].append(status_descriptions.of_result(result))
    return found
