"""What answers look like whatever was asked: JSON layout, and the four families of errors.

A validation problems (`errors`), B problems with a `code`, C bare problems, D empty bodies. Each function
checks one family completely and returns what is particular to the answer.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import requests

JSON = "application/json; charset=utf-8"
RFC_9110 = "https://tools.ietf.org/html/rfc9110#section-"
TRACE_ID = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,6}[1-9])?Z")
CAMEL_CASE = re.compile(r"[a-z][A-Za-z]*")


def json_of(answer: requests.Response, status: int) -> Any:
    """Return the JSON of an answer: typed, UTF-8, indented, in camelCase and without nulls."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    assert answer.headers["Content-Type"] == JSON
    value = json.loads(answer.content.decode("utf-8"))
    for name, item in members(value):
        assert item is not None, f"{name} is null"
        assert CAMEL_CASE.fullmatch(name), name
    if value:
        assert answer.text.count("\n") >= 2, "the output is not indented"
    return value


def members(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield every property of every object, at any depth."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield name, item
            yield from members(item)
    elif isinstance(value, list):
        for item in value:
            yield from members(item)


def errors_of(answer: requests.Response) -> dict[str, list[str]]:
    """Return the keys and messages of a validation problem (family A)."""
    body = _problem(answer, 400, {"type", "title", "status", "errors", "traceId"})
    assert body["type"] == f"{RFC_9110}15.5.1"
    assert body["title"] == "One or more validation errors occurred."
    errors: dict[str, list[str]] = body["errors"]
    assert errors
    assert all(messages and all(map(str.strip, messages)) for messages in errors.values()), errors
    return errors


def assert_coded(answer: requests.Response, status: int, code: str, title: str, phrase: str) -> None:
    """Check a problem with a code (family B)."""
    names = {"type", "title", "status", "code", "errorCode", "traceId", "statusDescription"}
    body = _problem(answer, status, names)
    assert body["type"] == f"urn:altinn:error:{code}"
    assert (body["title"], body["statusDescription"]) == (title, phrase)
    assert body["code"] == body["errorCode"] == code


def assert_bare(answer: requests.Response, status: int, title: str, section: str) -> None:
    """Check a problem that says no more than its status (family C)."""
    body = _problem(answer, status, {"type", "title", "status", "traceId"})
    assert (body["type"], body["title"]) == (RFC_9110 + section, title)


def assert_empty(answer: requests.Response, status: int) -> None:
    """Check an answer without body (family D)."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    assert answer.content == b""


def challenge_of(answer: requests.Response) -> dict[str, str]:
    """Return what the challenge to a bearer token says, by name."""
    scheme, _, parts = answer.headers["WWW-Authenticate"].partition(" ")
    assert scheme == "Bearer"
    return dict(re.findall(r'(\w+)="([^"\\]*)"', parts))


def assert_conflict(answer: requests.Response) -> None:
    """Check that an order cannot be cancelled any more."""
    assert_bare(answer, 409, "Conflict", "15.5.10")


def assert_no_such_shipment(answer: requests.Response) -> None:
    """Check that version 2 knows no such shipment."""
    assert_coded(answer, 404, "NOT-00003", "Shipment not found", "Not Found")


def _problem(answer: requests.Response, status: int, names: set[str]) -> Any:
    assert answer.status_code == status, (answer.status_code, answer.text)
    assert answer.headers["Content-Type"] == JSON
    body = answer.json()
    assert set(body) == names
    assert body["status"] == status
    assert TRACE_ID.fullmatch(body["traceId"])
    return body
