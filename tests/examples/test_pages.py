"""Every example in README and docs does what its page says, typed as it stands.

All examples of a page run in one shell, against the shared local cloud. Each request has to be answered well,
and each order has to reach somebody, unless the fence of the block says otherwise; see
tests/support/examples/pages.py.
"""

import base64
import json

import pytest
import requests

from devstack.project import ROOT
from tests.support.examples.csharp import requests_in
from tests.support.examples.pages import blocks_of, pages
from tests.support.examples.recorder import recorded
from tests.support.examples.running import run
from tests.support.examples.typescript import node
from tests.support.scenarios.owner import API, CALL_SECONDS, wait_until

PAGES = [page for page in pages() if any(block.is_runnable for block in blocks_of(page))]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
PLACED = {200, 201, 202}


def runnable(page):
    return [block for block in blocks_of(page) if block.is_runnable]


def shipments_of(exchange):
    """Return the ids of the shipments that a placement made."""
    answer = json.loads(exchange.answer)
    if "orderId" in answer:
        return [answer["orderId"]]
    main = answer["notification"]
    return [main["shipmentId"], *(reminder["shipmentId"] for reminder in main.get("reminders", []))]


def is_placement(exchange):
    path = exchange.path.partition("?")[0]
    places = path.startswith((f"{API}/orders", f"{API}/future/orders")) and not path.endswith("/preview")
    return exchange.method == "POST" and places


def owner_of(exchange):
    """Return the organisation that the token of a request names."""
    payload = exchange.authorization.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["urn:altinn:org"]


def assert_reaches_somebody(cloud, exchange, place):
    headers = {"Authorization": f"Bearer {cloud.token(org=owner_of(exchange))}"}

    def is_delivered(shipment_id):
        url = f"{cloud.api}{API}/future/shipment/{shipment_id}"
        shipment = requests.get(url, headers=headers, timeout=CALL_SECONDS).json()
        return any(recipient["status"].endswith("_Delivered") for recipient in shipment["recipients"])

    for shipment_id in shipments_of(exchange):
        wait_until(lambda each=shipment_id: is_delivered(each), what=f"{place}: delivery of {shipment_id}")


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_examples_work_and_reach_somebody(cloud, tmp_path, page):
    blocks = runnable(page)
    if any(block.language == "ts" for block in blocks) and node() is None:
        pytest.skip("Node.js or the TypeScript compiler is missing and cannot be fetched")
    with recorded(cloud.api) as recorder:
        run(blocks, cloud, recorder, tmp_path)
    for number, block in enumerate(blocks):
        made = [exchange for exchange in recorder.exchanges if exchange.block == number]
        if block.last_status is not None:
            assert made, f"{block.place} asks for nothing"
            assert made.pop().status == block.last_status, block.place
        for exchange in made:
            assert exchange.status < 400, f"{block.place}: {exchange}"
            if is_placement(exchange) and exchange.status in PLACED and not block.is_undelivered:
                assert_reaches_somebody(cloud, exchange, block.place)
    for block in blocks_of(page):
        if block.language == "csharp":
            assert_was_made(block, recorder.exchanges)


def assert_was_made(block, exchanges):
    """C# cannot be compiled here: its requests have to be those that other examples of the page made."""
    written = requests_in(block.text)
    assert written, f"{block.place} makes no request"
    for request in written:
        same = [e for e in exchanges if e.method == request.method and request.path.fullmatch(e.path)]
        assert same, f"{block.place}: no other example asks {request.method} {request.path.pattern}"
        if request.body is not None:
            bodies = [without_id(exchange.json) for exchange in same]
            assert without_id(request.body) in bodies, f"{block.place}: no other example has this body"


def without_id(body):
    return {name: value for name, value in body.items() if name != "idempotencyId"}


def test_every_page_for_senders_has_examples_that_run():
    assert {"README.md", "docs/quick-start.md"} <= set(NAMES)


def test_json_in_pages_can_be_read():
    for page in pages():
        for block in blocks_of(page):
            if block.language == "json":
                json.loads(block.text)


def test_python_of_the_project_is_named():
    """`python3` may be any Python 3: `make start` finds or fetches 3.13 for itself."""
    assert [page.name for page in pages() if "python3 -m devstack" in page.read_text()] == []
