"""Every request of `examples/bruno/` and `examples/requests.http` works, and no endpoint is missing."""

import re

import pytest
import requests

from devstack.project import ROOT
from examples import write_env
from shared.contracts.api_description.operations import OPERATIONS
from tests.support.examples.request_files import (
    basic,
    bruno_requests,
    filled,
    holes_in,
    http_requests,
    part_of,
)
from tests.support.scenarios.owner import CALL_SECONDS, Owner, email_order, fail_once, new_email, wait_until

BRUNO = bruno_requests(ROOT / "examples" / "bruno")
HTTP = http_requests(ROOT / "examples" / "requests.http")
DEAD_LETTERS = "/future/dashboard/dead-letters?queue=delivery-reports"
files = pytest.mark.parametrize("written", [BRUNO, HTTP], ids=["bruno", "http"])


def operation_of(request):
    """Return which operation of the API a request is for."""
    path = request.url.partition("?")[0].removeprefix("{{HOST}}")
    path = re.sub(r"\{\{.+?\}\}", "x", path)
    fitting = [
        operation
        for operation in OPERATIONS
        if operation.method == request.method.lower()
        and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", operation.path), path)
    ]
    return min(fitting, key=lambda operation: operation.path.count("{")).name


@files
def test_no_endpoint_is_missing(written):
    assert {operation_of(request) for request in written} == {operation.name for operation in OPERATIONS}


def test_both_have_the_same_requests():
    def content(request):
        body = re.sub(r"\s", "", request.body)
        return request.title.rpartition(": ")[2], request.method, body, operation_of(request)

    assert [content(request) for request in BRUNO] == [content(request) for request in HTTP]


def test_every_variable_of_bruno_is_in_its_environment():
    environment = (ROOT / "examples/bruno/environments/local.bru").read_text()
    declared = set(re.findall(r"^  (\w+): \{\{process\.env\.\1\}\}$", environment, re.MULTILINE))
    captured = {name for request in BRUNO for name in request.captured}
    used = {name for request in BRUNO for name in holes_in(request)} - {"$guid"}
    assert used == declared | captured


@pytest.fixture
def variables(cloud, monkeypatch, tmp_path):
    """What `write_env` writes, for a cloud in which one message could not be read."""
    owner = Owner(cloud)
    fail_once(cloud, "acs.report", "malformed", address := new_email())
    owner.send(email_order(address))
    support = {"Authorization": f"Bearer {cloud.token(scope='altinn:notifications.support.admin')}"}
    wait_until(
        lambda: owner.ask("GET", DEAD_LETTERS, headers=support).json()["deadLetters"], what="dead letter"
    )
    monkeypatch.setenv("DEVSTACK_STATE", str(cloud.state_file))
    monkeypatch.setattr(write_env, "FOLDERS", (tmp_path,))
    write_env.main()
    return dict(line.split("=", 1) for line in (tmp_path / ".env").read_text().splitlines())


@files
def test_every_request_works(cloud, variables, written):
    answers = {}
    for request in written:
        headers = {name: filled(text, variables, answers) for name, text in request.headers.items()}
        if (credentials := headers.get("Authorization", "")).startswith("Basic "):
            headers["Authorization"] = basic(credentials.removeprefix("Basic "))
        answer = requests.request(
            request.method,
            filled(request.url, variables, answers),
            headers=headers,
            data=filled(request.body, variables, answers).encode(),
            timeout=CALL_SECONDS,
        )
        assert answer.status_code in ([request.status] if request.status else range(200, 300)), (
            f"{request.title}: {answer.status_code} {answer.text}"
        )
        if request.captured or request.name:
            answers[request.name] = answer.json()
        for name, path in request.captured.items():
            variables[name] = str(part_of(answer.json(), path))
    cloud.wait_for_email("kari.nordmann@example.no")
    cloud.wait_for_email("kari@example.no", count=2)
    assert [len(email["attachments"]) for email in cloud.outbox("kari@example.no")["emails"]].count(1) == 1
