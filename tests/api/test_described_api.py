"""What the served OpenAPI document says is what the service does, for requests made up from the document."""

import json
from base64 import b64encode
from functools import cache
from urllib.parse import parse_qsl

import hypothesis
import pytest
import requests
import schemathesis
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shared.contracts.api_description.document import document
from shared.contracts.api_description.operation import API_KEY, WEBHOOK
from shared.contracts.api_description.operations import OPERATIONS
from shared.contracts.requests.composed_models import ComposedOrder
from tests.support.api.bodies import chain, person_chain, v1_order
from tests.support.api.endpoints import (
    CANCEL_CHAIN,
    COMPOSED,
    CREATE,
    ENDPOINTS,
    NEW_WEBHOOK,
    SUPPORT,
    UNKNOWN,
)
from tests.support.scenarios.owner import API, CALL_SECONDS, new_email, new_phone, personal
from tests.support.scenarios.support_desk import Operator, poison

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 12
LATER = "2031-06-01T10:00:00Z"
LONGEST = 200


def with_short_texts(value):
    """Return the document with lower limits of lengths: long texts take long to make up."""
    if isinstance(value, dict):
        short = {"maxLength": min(value["maxLength"], LONGEST)} if "maxLength" in value else {}
        return {name: with_short_texts(item) for name, item in value.items()} | short
    return [with_short_texts(item) for item in value] if isinstance(value, list) else value


@cache
def described_operations():
    """Return the operations of the document by method and path; reading it takes a second."""
    schema = schemathesis.openapi.from_dict(with_short_texts(json.loads(document())))
    operations = (found.ok() for found in schema.get_all_operations())
    return {(operation.method, operation.path): operation for operation in operations}


def credentials(owner, operation):
    """Return headers that suffice for an operation."""
    fixtures = owner.cloud.fixtures()
    if operation.security == API_KEY:
        return {"X-API-Key": personal(fixtures["metrics_api_key"])}
    if operation.security == WEBHOOK:
        gateway = fixtures["sms_report"]
        login = f"{gateway['user']}:{personal(gateway['password'])}"
        return {"Authorization": f"Basic {b64encode(login.encode()).decode()}"}
    scopes = f"{CREATE} {COMPOSED} {SUPPORT}"
    claims = {"pid": "14818710098"} if "enduser" in operation.path else {}
    token = personal(owner.cloud.token(org=owner.org, scope=scopes, claims=claims))
    return {"Authorization": f"Bearer {token}"}


def test_document_is_served(cloud):
    answer = requests.get(f"{cloud.api}{API}/openapi.json", timeout=CALL_SECONDS)
    assert (answer.status_code, answer.content) == (200, document())
    assert answer.headers["Content-Type"].startswith("application/json")


def test_page_loads_nothing_from_elsewhere(cloud):
    page = requests.get(f"{cloud.api}{API}/docs", timeout=CALL_SECONDS)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "http" not in page.text.replace("http-equiv", "")
    for name in ("swagger-ui.css", "swagger-ui-bundle.js"):
        assert requests.get(f"{cloud.api}{API}/docs/{name}", timeout=CALL_SECONDS).status_code == 200
    assert requests.get(f"{cloud.api}{API}/docs/other.js", timeout=CALL_SECONDS).status_code == 404


@pytest.mark.parametrize(
    ("operation", "mode"),
    [
        pytest.param(operation, mode, id=f"{operation.name}-{mode.value}")
        for operation in OPERATIONS
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        if mode is GenerationMode.POSITIVE
        or operation.security
        or operation.parameters  # what could be wrong
    ],
)
def test_answers_are_as_described(owner, operation, mode):
    described, headers = (
        described_operations()[operation.method, operation.path],
        credentials(owner, operation),
    )

    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(described.as_strategy(generation_mode=mode))
    def ask(case: Case) -> None:
        if operation.body is ComposedOrder and isinstance(case.body, dict):
            case.body["requestedSendTime"] = LATER  # its files shall not be fetched
        answer = case.call(base_url=owner.cloud.api, headers=headers, timeout=CALL_SECONDS)
        if mode is GenerationMode.NEGATIVE and answer.status_code == 404 and not answer.content:
            return  # what was made up is not this path
        case.validate_response(answer, checks=CHECKS)

    ask()


def _path_parameters(endpoint, order_id, chain_id, letter, webhook_id):
    if "webhooks/{id}" in endpoint.path:
        return {"id": webhook_id}
    if "{queue}" in endpoint.path:
        return {"queue": letter["queue"], "id": letter["id"]}
    return {"id": chain_id if endpoint is CANCEL_CHAIN else order_id} if "{id}" in endpoint.path else {}


def test_answers_to_good_requests_are_as_described(cloud, owner):
    recipients = [{"emailAddress": new_email()}, {"mobileNumber": new_phone()}]
    body = v1_order(sendersReference="sak-1", recipients=recipients)
    order_id = owner.ask("POST", "/orders", json=body).json()["orderId"]
    person = cloud.fixtures()["person_email_only"]
    sought = {"NationalIdentityNumber": person["nin"], "EmailAddress": person["email"]}
    owner.send(person_chain(person["nin"]) | {"dialogportenAssociation": {"dialogId": UNKNOWN}})
    owner.wait_for_feed(2)
    chain_id = owner.place(chain() | {"requestedSendTime": LATER})["notificationOrderId"]
    poison(cloud, {"orders": json.dumps({"id": order_id}).encode()})
    letter = Operator(cloud).wait_for("orders", order_id)
    webhook_id = NEW_WEBHOOK.ask(owner).json()["id"]
    named = {operation.name: operation for operation in OPERATIONS}
    for endpoint in ENDPOINTS:
        described = described_operations()[endpoint.method.lower(), API + endpoint.path]
        case = described.Case(
            path_parameters=_path_parameters(endpoint, order_id, chain_id, letter, webhook_id),
            query=dict(parse_qsl(endpoint.query)),
            headers=dict(endpoint.headers) | sought,
            **({"body": endpoint.body(), "media_type": "application/json"} if endpoint.body else {}),
        )
        headers = credentials(owner, named[described.definition.raw["operationId"]])
        answer = case.call(base_url=cloud.api, headers=headers, timeout=CALL_SECONDS)
        is_too_late = endpoint.path == "/orders/{id}/cancel"
        assert answer.status_code == (409 if is_too_late else endpoint.success), endpoint.name
        is_empty = answer.status_code == 204 or "orgnumber" in endpoint.path
        assert len(answer.content) > 2 or is_empty, "nothing to compare"
        case.validate_response(answer, checks=CHECKS)
