"""What the OpenAPI document says of requests is what reading them does: the real readers are asked.

Every member of every request is left out, made null and given values of other types, in orders that hold all
members there are. Rules may ask for a member beside others (a text for the channel); so a member counts as
optional if one of the orders does without it.
"""

import copy
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode

from shared.contracts.api_description.document import document
from shared.contracts.api_description.examples import REQUESTS
from shared.contracts.api_description.operations import OPERATIONS
from shared.contracts.api_description.operations_previews import PLACED_BY
from shared.contracts.reading.order_defaults import Defaults
from shared.contracts.reading.request_errors import read_model
from shared.contracts.requests import (
    chain_request,
    composed_request,
    instant_request,
    v1_request,
)
from shared.contracts.webhooks import request
from shared.runtime.errors import RequestInvalidError
from tests.support.api.full_orders import LATER, full_orders

QUICK = settings(max_examples=8, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]")
NOW = datetime(2031, 5, 2, 7, tzinfo=UTC)
DEFAULTS = Defaults("noreply@altinn.cloud", "Altinn")
API: dict[str, Any] = json.loads(document())
SCHEMAS = API["components"]["schemas"]
READERS: dict[str, Callable[..., Any]] = {
    "place_order": chain_request.read_order_chain,
    "send_instant_sms": instant_request.read_instant_sms,
    "send_instant_email": instant_request.read_instant_email,
    "send_instant": instant_request.read_instant_deprecated,
    "place_composed_email": composed_request.read_composed_email,
    "place_v1_order": v1_request.read_v1_order,
    "place_v1_email_order": v1_request.read_v1_email_order,
    "place_v1_sms_order": v1_request.read_v1_sms_order,
    "create_webhook": lambda body, now, defaults: request.read_new_webhook(body, defaults=defaults),
    "change_webhook": lambda body, now, defaults: request.read_webhook_change(body, defaults=defaults),
    "replay_webhook": lambda body, now, defaults: request.read_webhook_replay(body),
}
PLACED = [operation for operation in OPERATIONS if operation.name in READERS]


def accepts(name: str, body: Any) -> bool:
    """Whether the server takes this request, rules included."""
    try:
        READERS[name](json.dumps(body).encode(), now=NOW, defaults=DEFAULTS)
    except RequestInvalidError:
        return False
    return True


def resolved(schema: dict[str, Any], value: Any) -> tuple[str, dict[str, Any]]:
    """Return name and schema of the object that a value is, following references and choices."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        found, nested = resolved(SCHEMAS[name], value)
        return (found or name), nested
    for option in schema.get("anyOf", schema.get("oneOf", ())):
        name, nested = resolved(option, value)
        if "properties" in nested and set(nested.get("required", ())) <= set(value):
            return name, nested
    return "", schema


type Place = tuple[str, str, tuple[str | int, ...]]


def places(schema: dict[str, Any], value: Any, path: tuple[str | int, ...] = ()) -> Iterator[Place]:
    """Yield schema, member and path of every member that an order has."""
    if isinstance(value, list):
        lists = [option for option in [schema, *schema.get("anyOf", ())] if "items" in option]
        for position, item in enumerate(value):
            yield from places(lists[0]["items"], item, (*path, position))
    elif isinstance(value, dict):
        name, nested = resolved(schema, value)
        for member, item in value.items():
            yield name, member, (*path, member)
            yield from places(nested["properties"][member], item, (*path, member))


def changed(body: Any, path: tuple[str | int, ...], change: Callable[[Any, Any], None]) -> Any:
    """Return a copy in which the container at the end of a path was changed."""
    copied = copy.deepcopy(body)
    *parents, last = path
    container = copied
    for step in parents:
        container = container[step]
    change(container, last)
    return copied


def body_schema(name: str) -> dict[str, Any]:
    operation = next(operation for operation in OPERATIONS if operation.name == name)
    request = API["paths"][operation.path][operation.method]["requestBody"]
    return dict(request["content"]["application/json"]["schema"])


def fits(schema: dict[str, Any], value: Any) -> bool:
    """Whether the document allows a value in the place of a member."""
    return jsonschema_rs.is_valid({**schema, "components": API["components"]}, value)


def members(name: str) -> dict[tuple[str, str], list[tuple[Any, tuple[str | int, ...]]]]:
    """Return where each member occurs: order and path, by schema and member."""
    found: dict[tuple[str, str], list[Any]] = {}
    for body in full_orders(name):
        for schema, member, path in places(body_schema(name), body):
            found.setdefault((schema, member), []).append((body, path))
    return found


WRONG = {
    "null": None,
    "boolean": True,
    "fraction": 2.5,
    "number": 2**40,
    "text": "no member has this name",
    "list": [],
    "list of lists": [[]],
    "object": {},
}


@pytest.mark.parametrize("name", READERS)
def test_the_orders_are_accepted_and_hold_every_member(name: str) -> None:
    for body in full_orders(name):
        READERS[name](json.dumps(body).encode(), now=NOW, defaults=DEFAULTS)
        assert fits(body_schema(name), body)
    for schema in {schema for schema, _ in members(name)}:
        held = {member for of, member in members(name) if of == schema}
        assert held == set(SCHEMAS[schema]["properties"]), schema


@pytest.mark.parametrize("name", READERS)
def test_what_may_be_left_out_is_optional_and_nothing_else(name: str) -> None:
    for (schema, member), occurrences in members(name).items():
        optional = any(
            accepts(name, changed(body, path, lambda container, last: container.pop(last)))
            for body, path in occurrences
        )
        assert (member not in SCHEMAS[schema].get("required", ())) == optional, (schema, member)


@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize("name", READERS)
def test_values_of_other_types_are_refused_and_null_is_allowed_where_it_is_accepted(
    name: str, kind: str
) -> None:
    value = WRONG[kind]
    for (schema, member), occurrences in members(name).items():
        described = SCHEMAS[schema]["properties"][member]
        accepted = any(
            accepts(name, changed(body, path, lambda container, last: container.update({last: value})))
            for body, path in occurrences
        )
        if kind == "null" or not fits(described, value):
            assert fits(described, value) == accepted, (schema, member, value)


@pytest.fixture(scope="module")
def made_up() -> dict[str, Any]:
    """What schemathesis makes of the document, by operation; reading it takes a second."""
    schema = schemathesis.openapi.from_dict(short(API))
    found = (operation.ok() for operation in schema.get_all_operations())
    return {operation.definition.raw["operationId"]: operation for operation in found}


@pytest.mark.parametrize("operation", PLACED, ids=lambda operation: operation.name)
def test_what_the_document_allows_can_be_read(made_up: dict[str, Any], operation: Any) -> None:
    """Rules beyond the document, such as how an address is written, are left out: only reading is asked."""
    cases = made_up[operation.name].as_strategy(generation_mode=GenerationMode.POSITIVE)

    @settings(QUICK, phases=[Phase.generate])  # making a failure smaller takes minutes
    @given(cases)
    def read(case: Case) -> None:
        read_model(operation.body, json.dumps(ordinary(case.body)).encode(), parameter="p")

    read()


def ordinary(value: Any) -> Any:
    """Return JSON as programs write it: no 7.0 for 7, no NUL, no offset that no country has."""
    match value:
        case float() if value.is_integer() and abs(value) < 2**53:
            return int(value)
        case str() if TIME.match(value):
            return LATER
        case str():
            return value.replace("\0", "0")
        case dict():
            return {name: ordinary(item) for name, item in value.items()}
        case list():
            return [ordinary(item) for item in value]
        case _:
            return value


def short(value: Any) -> Any:
    """Return the schema with lower limits of lengths: long texts take long to make up."""
    if isinstance(value, dict):
        limits = {name: min(value[name], 20) for name in ("maxLength", "maxItems") if name in value}
        return {name: short(item) for name, item in value.items()} | limits
    return [short(item) for item in value] if isinstance(value, list) else value


def test_a_preview_takes_what_the_placement_takes() -> None:
    others = {each.name: each for each in OPERATIONS if each.path.endswith("/preview")}
    assert set(others) == set(PLACED_BY)
    places = {name for name in READERS if name.startswith(("place_", "send_"))}
    assert set(PLACED_BY.values()) == places, "a placing endpoint without a preview"
    placed = {operation.name: operation for operation in PLACED}
    for name, operation in others.items():
        placing = placed[PLACED_BY[name]]
        assert operation.path == f"{placing.path}/preview"
        assert (operation.body, operation.security, operation.deprecated) == (
            placing.body,
            placing.security,
            placing.deprecated,
        )
        assert body_schema(name) == body_schema(placing.name)


def test_every_request_has_examples_that_are_accepted() -> None:
    for operation in PLACED:
        for example in REQUESTS[operation.name].values():
            assert accepts(operation.name, example["value"]), example["summary"]
