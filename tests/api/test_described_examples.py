"""Every example request of the OpenAPI document is carried out as written, and its orders reach somebody."""

import json
from urllib.parse import urlencode

import pytest
import requests

from shared.contracts.api_description.document import document
from tests.support.api.endpoints import COMPOSED, CREATE, SUPPORT
from tests.support.scenarios.owner import CALL_SECONDS, Owner, personal

API = json.loads(document())
OPERATIONS = {
    operation["operationId"]: (method, path, operation)
    for path, methods in API["paths"].items()
    for method, operation in methods.items()
}
FILES = "https://account.blob.core.windows.net/"
DUE = "2035-05-02T12:00:00+02:00"  # after the send times of the examples, when SMS may leave
PERSON = "14818710098"
BODIES = [
    pytest.param(name, example["value"], id=f"{name}-{title}")
    for name, (_, _, operation) in OPERATIONS.items()
    for content in operation.get("requestBody", {}).get("content", {}).values()
    for title, example in content.get("examples", {}).items()
]
PREVIEWS = [each for each in BODIES if each.values[0].startswith("preview")]
WEBHOOKS = [each for each in BODIES if "webhook" in each.values[0]]
PLACEMENTS = [each for each in BODIES if each not in PREVIEWS and each not in WEBHOOKS]
READS = [name for name, (_, _, operation) in OPERATIONS.items() if "requestBody" not in operation]


@pytest.fixture
def signed_in(cloud, owner):
    """An organisation that may do everything, as the one that the API page is signed in as."""
    one = Owner(cloud, owner.org)
    scopes = f"{CREATE} {COMPOSED} {SUPPORT}"
    one.token = personal(cloud.token(org=owner.org, scope=scopes, claims={"pid": PERSON}))
    return one


def ask(owner, name, **request):
    method, path, operation = OPERATIONS[name]
    examples = {each["name"]: each for each in operation.get("parameters", ()) if "example" in each}
    for each in examples.values():
        path = path.replace(f"{{{each['name']}}}", str(each["example"]))
    query = urlencode({n: str(e["example"]).lower() for n, e in examples.items() if e["in"] == "query"})
    headers = {n: e["example"] for n, e in examples.items() if e["in"] == "header"}
    security = operation["security"]
    if security == [{"apiKey": []}]:
        headers["X-API-Key"] = personal(owner.cloud.fixtures()["metrics_api_key"])
    elif security and security != [{"basic": []}]:
        headers["Authorization"] = f"Bearer {owner.token}"
    url = f"{owner.cloud.api}{path}?{query}"
    headers |= request.pop("headers", {})
    return requests.request(method, url, headers=headers, timeout=CALL_SECONDS, **request)


def in_local_storage(cloud, body):
    """Return an order whose files are in the storage of the local cloud, which stands for that of Azure."""
    return json.loads(json.dumps(body).replace(FILES, f"{cloud.addresses['platform']}/"))


def assert_everybody_is_reached(cloud, owner, shipment_id):
    entry = owner.wait_for_feed_entry(shipment_id)
    assert entry["status"] == "Order_Completed"
    assert entry["recipients"]
    for recipient in entry["recipients"]:
        assert recipient["status"] in ("Email_Delivered", "SMS_Delivered")
        received = cloud.outbox(recipient["destination"])
        assert received["emails"] or received["sms"], recipient["destination"]


@pytest.mark.parametrize(("name", "body"), PLACEMENTS)
def test_every_order_is_accepted_unchanged_and_reaches_somebody(cloud, signed_in, name, body):
    answer = ask(signed_in, name, json=in_local_storage(cloud, body))
    assert answer.status_code == (202 if "v1" in name else 201), answer.text
    receipt = answer.json()
    shipment = receipt["orderId"] if "v1" in name else receipt["notification"]["shipmentId"]
    if "requestedSendTime" in body:
        cloud.set_clock(DUE)
    assert_everybody_is_reached(cloud, signed_in, shipment)


@pytest.mark.parametrize(("name", "body"), PREVIEWS)
def test_every_preview_tells_that_everybody_would_be_reached(cloud, signed_in, name, body):
    answer = ask(signed_in, name, json=in_local_storage(cloud, body))
    assert answer.status_code == 200, answer.text
    preview = answer.json()
    assert preview["accepted"]
    for shipment in preview["shipments"]:
        counts = shipment["counts"]
        assert counts["given"] + counts["found"] == counts["recipients"] > 0
        assert shipment["texts"]
        assert shipment["departures"]


def test_the_first_example_is_about_a_person():
    name, body = PLACEMENTS[0].values
    assert name == "place_order"
    assert body["recipient"]["recipientPerson"]["nationalIdentityNumber"] == PERSON
    assert next(iter(API["paths"])).endswith("/future/orders")


def test_every_webhook_is_accepted_unchanged(signed_in):
    bodies = dict(each.values for each in WEBHOOKS)
    made = ask(signed_in, "create_webhook", json=bodies.pop("create_webhook"))
    assert made.status_code == 201, made.text
    path = f"{OPERATIONS['create_webhook'][1]}/{made.json()['id']}"
    assert made.headers["Location"].endswith(path)
    for name, body in bodies.items():
        method, described, _ = OPERATIONS[name]
        url = f"{signed_in.cloud.api}{described.replace('{id}', made.json()['id'])}"
        headers = {"Authorization": f"Bearer {signed_in.token}"}
        answer = requests.request(method, url, json=body, headers=headers, timeout=CALL_SECONDS)
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("name", READS)
def test_every_other_example_is_understood(signed_in, name):
    answer = ask(signed_in, name)
    assert str(answer.status_code) in OPERATIONS[name][2]["responses"]
    assert answer.status_code in (200, 404), answer.text


def test_the_form_and_the_report_are_understood(cloud, signed_in):
    content = OPERATIONS["show_metrics"][2]["requestBody"]["content"]
    form = content["application/x-www-form-urlencoded"]["example"]
    assert ask(signed_in, "show_metrics", data=form).status_code == 200
    report = OPERATIONS["receive_sms_reports"][2]["requestBody"]["content"]["application/xml"]["example"]
    gateway = cloud.fixtures()["sms_report"]
    answer = ask(
        signed_in,
        "receive_sms_reports",
        data=report,
        auth=(gateway["user"], personal(gateway["password"])),
        headers={"Content-Type": "application/xml"},
    )
    assert answer.status_code == 200, answer.text
