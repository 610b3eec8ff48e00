"""Everything in the OpenAPI document has a description, its scope, and the form that a client needs."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from shared.contracts.answers import status_names
from shared.contracts.api_description import texts
from shared.contracts.api_description.document import document
from shared.contracts.api_description.operation import SCOPES
from shared.contracts.api_description.operations import OPERATIONS
from shared.contracts.api_description.schemas import EXCLUSIVE
from shared.domain.orders.order import OrderStatus
from tests.support.api.endpoints import ENDPOINTS
from tests.support.scenarios.owner import API as BASE

API: dict[str, Any] = json.loads(document())
SCHEMAS = API["components"]["schemas"]
OBJECTS = {name: schema for name, schema in SCHEMAS.items() if "properties" in schema}
MEMBERS = [
    pytest.param(member, value, id=f"{name}.{member}")
    for name, schema in OBJECTS.items()
    for member, value in schema["properties"].items()
]
FREE_TEXT = {"idempotencyId", "dialogId", "transmissionId", "resourceId", "traceId", "messageId"}


def described() -> dict[str, Any]:
    """Return the members of every schema, as the types have them: before choices are made of some."""
    found = {name: schema.get("properties", {}) for name, schema in SCHEMAS.items()}
    for name, alternatives in EXCLUSIVE.items():
        found[name] = {}
        for alternative in alternatives.values():
            found[name] |= found[alternative]
    return found


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of the document."""
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from parts(item)
    elif isinstance(value, list):
        for item in value:
            yield from parts(item)


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_schema_has_a_description(schema: str) -> None:
    assert len(SCHEMAS[schema]["description"]) > 10


@pytest.mark.parametrize(("member", "value"), MEMBERS)
def test_every_member_has_a_description(member: str, value: Any) -> None:
    assert value["description"].endswith("."), member


def test_every_parameter_header_answer_and_operation_has_a_description() -> None:
    for methods in (*API["paths"].values(), *API["webhooks"].values()):
        for operation in methods.values():
            described = [operation, *operation.get("parameters", ()), *operation["responses"].values()]
            for answer in operation["responses"].values():
                described += answer.get("headers", {}).values()
            assert all(part["description"].endswith(".") for part in described), operation["operationId"]


def test_nothing_is_described_that_does_not_exist() -> None:
    assert texts.unused(described()) == []
    called = {call["operationId"] for methods in API["webhooks"].values() for call in methods.values()}
    assert set(texts.OPERATIONS) == {operation.name for operation in OPERATIONS} | called
    assert list(texts.TAGS) == list(dict.fromkeys(texts.TAGS))
    assert set(texts.TAGS) == {operation.tag for operation in OPERATIONS}


def test_what_is_not_described_is_found() -> None:
    with pytest.raises(KeyError):
        texts.of_member("OrderChain", "unheardOf")
    with pytest.raises(KeyError):
        texts.of_schema("UnheardOf")
    assert "OrderChain" in texts.unused({})


def test_every_status_of_an_enumeration_has_a_sentence() -> None:
    for name in texts.ENUMERATIONS:
        values = SCHEMAS[name]["enum"]
        lines = [line for line in SCHEMAS[name]["description"].splitlines() if line.startswith("- ")]
        assert [line.split("`")[1] for line in lines] == values, name


def test_enumerations_have_a_name_of_their_own() -> None:
    assert {name for name, schema in SCHEMAS.items() if "enum" in schema} == set(texts.ENUMERATIONS)
    assert not [part for schema in OBJECTS.values() for part in parts(schema) if "enum" in part]
    expected = [status_names.order_status_name(status) for status in OrderStatus]
    assert SCHEMAS["ShipmentStatus"]["enum"] == expected


@pytest.mark.parametrize(("member", "value"), MEMBERS)
def test_ids_times_and_addresses_have_a_format(member: str, value: Any) -> None:
    formats = {part["format"] for part in parts(value) if "format" in part}
    if member.endswith(("Time", "Update", "At", "created", "lastAsked")):
        assert formats == {"date-time"}
    elif member.endswith("Id") and member not in FREE_TEXT:
        assert formats == {"uuid"}
    elif member in {"conditionEndpoint", "sasUrl", "self", "url"}:
        assert formats == {"uri"}


def test_exactly_one_recipient_is_a_choice() -> None:
    choice = [option["$ref"].rpartition("/")[2] for option in SCHEMAS["ChainRecipient"]["oneOf"]]
    assert choice == list(EXCLUSIVE["ChainRecipient"].values())
    assert [SCHEMAS[name]["required"] for name in choice] == [[m] for m in EXCLUSIVE["ChainRecipient"]]


def test_nothing_has_null_as_its_default_and_no_mark_is_left() -> None:
    for part in parts(SCHEMAS):
        assert part.get("default", "") is not None
        assert not [key for key in part if key.startswith("x-")]


def test_a_bearer_token_comes_first_and_its_scope_is_told() -> None:
    assert next(iter(API["components"]["securitySchemes"])) == "bearer"
    for endpoint in ENDPOINTS:
        operation = API["paths"][BASE + endpoint.path][endpoint.method.lower()]
        assert operation["security"][:2] == [{"bearer": []}, {"maskinporten": [endpoint.scope]}]
        assert f"`{endpoint.scope}`" in operation["description"]
        assert endpoint.scope in SCOPES
