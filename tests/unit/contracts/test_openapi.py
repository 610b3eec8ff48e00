"""The OpenAPI document agrees with itself and with the routes."""

import json
from collections.abc import Iterator
from typing import Any

import azure.functions as func
import pytest

from functions import future_orders, orders, sms_reports
from shared.contracts.openapi import document
from shared.contracts.openapi_operations import OPERATIONS

API: dict[str, Any] = json.loads(document())


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
        assert described["requestBody"]["content"]["application/json"]["example"]
    for status, response in described["responses"].items():
        for content in response.get("content", {}).values():
            if status != "200" or "schema" not in content or content["schema"].get("type") != "string":
                assert "example" in content or content["schema"] == {"type": "string"}


def routes(blueprint: func.Blueprint) -> set[tuple[str, str]]:
    found = set()
    for function in func.FunctionApp()._function_builders + blueprint._function_builders:
        trigger = function._function._trigger
        for method in trigger.methods or ():
            path = "/" + trigger.route.replace("{id:guid}", "{id}")
            found.add((method.value.lower() if hasattr(method, "value") else str(method).lower(), path))
    return found


@pytest.mark.parametrize("blueprint", [future_orders.bp, orders.bp, sms_reports.bp])
def test_every_route_is_described(blueprint: func.Blueprint) -> None:
    described = {(operation.method, operation.path) for operation in OPERATIONS}
    assert routes(blueprint) <= described
