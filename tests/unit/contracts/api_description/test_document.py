"""The OpenAPI document agrees with itself and with the routes."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from shared.contracts.api_description.document import document
from shared.contracts.api_description.operations import OPERATIONS
from tests.support.listing import functions_of_app

API: dict[str, Any] = json.loads(document())
BASE = "/notifications/api/v1"
UNDESCRIBED = {
    ("get", BASE + path) for path in ("/openapi.json", "/docs", "/docs/errors", "/docs/{file}")
}  # the document itself


def references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "$ref":
                yield item
            else:
                yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def test_every_reference_leads_somewhere() -> None:
    schemas = API["components"]["schemas"]
    assert {reference.rpartition("/")[2] for reference in references(API)} <= set(schemas)


def test_operation_ids_are_unique() -> None:
    names = [operation.name for operation in OPERATIONS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_operation_names_its_errors_and_has_examples(operation: Any) -> None:
    described = API["paths"][operation.path][operation.method]
    assert {"500", "503"} <= set(described["responses"])
    if operation.security:
        assert {"401", "403"} <= set(described["responses"])
    if operation.body is not None:
        assert {"413", "415"} <= set(described["responses"])
        assert described["requestBody"]["content"]["application/json"]["examples"]
    for status, response in described["responses"].items():
        for content in response.get("content", {}).values():
            if status != "200" or "schema" not in content or content["schema"].get("type") != "string":
                assert "example" in content or content["schema"] == {"type": "string"}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_headers_that_help_are_described(operation: Any) -> None:
    wanted = {
        "401": "WWW-Authenticate",
        "403": "WWW-Authenticate",
        "429": "Retry-After",
        "503": "Retry-After",
    }
    for status, response in API["paths"][operation.path][operation.method]["responses"].items():
        if status in wanted and not (status == "401" and "content" in response):  # of an API key
            assert wanted[status] in response["headers"]


def test_member_that_is_null_where_others_are_left_out_is_described_so() -> None:
    entry = API["components"]["schemas"]["LogEntryAnswer"]
    assert {"type": "null"} in entry["properties"]["transmissionId"]["anyOf"]
    assert "transmissionId" in entry["required"]
    assert "dialogId" not in entry["required"]


@pytest.mark.parametrize("path", ["/future/shipment/feed", "/tests/sendcondition"])
def test_what_refuses_other_types_without_having_a_body_says_so(path: str) -> None:
    assert "415" in API["paths"][BASE + path]["get"]["responses"]


def routes() -> Iterator[tuple[str, str]]:
    """Yield method and path of every HTTP function that the app serves, but the one that refuses the rest."""
    for function in functions_of_app():
        trigger = function.get_trigger()
        if trigger is not None and trigger.type == "httpTrigger" and trigger.methods is not None:
            for method in trigger.methods:
                yield str(getattr(method, "value", method)).lower(), "/" + trigger.route.replace(":guid", "")


def test_the_routes_are_the_operations() -> None:
    described = {(operation.method, operation.path) for operation in OPERATIONS}
    assert set(routes()) == described | UNDESCRIBED


def test_what_refuses_all_other_requests_is_not_described() -> None:
    assert not [path for path in API["paths"] if "*" in path]
    without_methods = [f for f in functions_of_app() if getattr(f.get_trigger(), "methods", "none") is None]
    assert [function.get_function_name() for function in without_methods] == ["z_other_requests"]


def test_wrong_methods_are_described_where_the_app_answers_them() -> None:
    for path, methods in API["paths"].items():
        for operation in methods.values():
            assert ("405" in operation["responses"]) == path.startswith("/notifications/")


@pytest.mark.parametrize("schema", API["components"]["schemas"])
def test_schemas_are_schemas(schema: str) -> None:
    jsonschema_rs.meta.validate(API["components"]["schemas"][schema])


def examples() -> Iterator[tuple[str, Any, Any]]:
    """Yield where, schema and example of every example of the document."""
    for path, methods in API["paths"].items():
        for method, operation in methods.items():
            parts = {"request": operation.get("requestBody", {}), **operation["responses"]}
            for part, described in parts.items():
                for content in described.get("content", {}).values():
                    named = {"": {"value": content["example"]}} if "example" in content else {}
                    for name, example in {**named, **content.get("examples", {})}.items():
                        yield f"{method} {path} {part} {name}", content["schema"], example["value"]


@pytest.mark.parametrize(("schema", "example"), [pytest.param(s, e, id=name) for name, s, e in examples()])
def test_examples_are_as_described(schema: Any, example: Any) -> None:
    jsonschema_rs.validate(schema | {"components": API["components"]}, example)


@pytest.mark.parametrize(
    ("model", "member", "kind", "first", "last"),
    [
        ("V1Order", "notificationChannel", "ChannelSchema", 0, 4),
        ("RecipientPerson", "channelSchema", "ChannelSchema", 0, 4),
        ("V1EmailOrder", "contentType", "EmailContentType", 0, 1),
        ("SmsSettings", "sendingTimePolicy", "SendingTimePolicy", 1, 2),
    ],
)
def test_members_are_described_by_name_and_by_number(
    model: str, member: str, kind: str, first: int, last: int
) -> None:
    described = API["components"]["schemas"][model]["properties"][member]["anyOf"]
    assert {"$ref": f"#/components/schemas/{kind}"} in described
    assert {"type": "integer", "minimum": first, "maximum": last} in described
