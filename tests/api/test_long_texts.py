"""Texts of 8 192 characters are kept and given back whole everywhere, and things are found by them."""

import secrets
import uuid

import pytest

from tests.support.api.answers import errors_of, json_of
from tests.support.api.bodies import (
    attachment,
    composed,
    deprecated_instant,
    instant_email,
    instant_sms,
    person_chain,
    reminder,
    v1_email,
    v1_order,
    v1_sms,
)
from tests.support.api.endpoints import COMPOSED, CREATES, DASHBOARDS, LIST, LOG, names
from tests.support.scenarios.owner import email_order, new_email

LONGEST = 8192
LATER = "2031-06-01T10:00:00Z"
# A request line has 8 KB, so not every reference that is kept can stand in the URL that asks for it.
LONGEST_IN_URL = 8000
WITH_ID = CREATES[3:]


def long_text(length, letters='abc åæ ✓ 𝄞 \u0001\t"\\'):
    """Return a text that occurs nowhere else."""
    return (uuid.uuid4().hex + letters * length)[: length - 1] + "z"


@pytest.mark.parametrize("endpoint", CREATES, ids=names(CREATES))
def test_long_references_are_given_back_whole(owner, endpoint):
    reference = long_text(LONGEST)
    body = json_of(
        endpoint.ask(owner, json=endpoint.body() | {"sendersReference": reference}), endpoint.success
    )
    if "notification" in body:
        assert body["notification"]["sendersReference"] == reference
    order_id = body.get("orderId") or body["notification"]["shipmentId"]
    for path in (
        f"/orders/{order_id}",
        f"/orders/{order_id}/status",
        f"/orders/{order_id}/notifications/email",
    ):
        assert json_of(owner.ask("GET", path), 200)["sendersReference"] == reference
    assert owner.shipment(order_id)["sendersReference"] == reference


@pytest.mark.parametrize("endpoint", CREATES, ids=names(CREATES))
def test_longer_references_are_refused(owner, endpoint):
    body = endpoint.body() | {"sendersReference": long_text(LONGEST + 1)}
    assert errors_of(endpoint.ask(owner, json=body)) == {
        "SendersReference": ["The field SendersReference must be a string with a maximum length of 8192."]
    }


@pytest.mark.parametrize("endpoint", WITH_ID, ids=names(WITH_ID))
def test_repeats_are_found_by_a_long_id(owner, endpoint):
    order = endpoint.body() | {"idempotencyId": long_text(LONGEST)}
    first = json_of(endpoint.ask(owner, json=order), 201)
    assert json_of(endpoint.ask(owner, json=order), 200) == first
    other = order | {"idempotencyId": order["idempotencyId"][:-1] + "y"}
    assert json_of(endpoint.ask(owner, json=other), 201) != first
    longer = order | {"idempotencyId": order["idempotencyId"] + "x"}
    assert set(errors_of(endpoint.ask(owner, json=longer))) == {"IdempotencyId"}


@pytest.mark.parametrize("letters", ["abc/?# %", "å✓"])
def test_orders_are_found_by_a_long_reference(owner, letters):
    reference = long_text(LONGEST_IN_URL // (3 if "å" not in letters else 9), letters)
    created = json_of(owner.ask("POST", "/orders/email", json=v1_email(sendersReference=reference)), 202)
    found = json_of(LIST.ask(owner, params={"sendersReference": reference}), 200)
    assert [order["id"] for order in found["orders"]] == [created["orderId"]]
    assert found["orders"][0]["sendersReference"] == reference
    plain = long_text(LONGEST_IN_URL, "x")
    created = json_of(owner.ask("POST", "/orders/sms", json=v1_sms(sendersReference=plain)), 202)
    (order,) = json_of(LIST.ask(owner, params={"sendersReference": plain}), 200)["orders"]
    assert order["id"] == created["orderId"]
    assert json_of(LIST.ask(owner, params={"sendersReference": plain[:-1]}), 200)["count"] == 0


def test_feed_log_and_dashboard_give_long_texts_back_whole(owner):
    person = owner.cloud.fixtures()["person_with_email_and_mobile"]["nin"]
    reference, transmission, dialog = long_text(LONGEST), long_text(LONGEST - 1, "t"), str(uuid.uuid4())
    order = person_chain(person, resourceId=f"urn:altinn:resource:{'r' * 8000}")
    order |= {
        "sendersReference": reference,
        "dialogportenAssociation": {"dialogId": dialog, "transmissionId": transmission},
    }
    shipment_id = owner.send(order)
    assert owner.wait_for_feed_entry(shipment_id)["sendersReference"] == reference
    (logged,) = json_of(LOG.ask(owner, params={"dialogId": dialog}), 200)
    assert logged["transmissionId"] == transmission
    found = json_of(DASHBOARDS[0].ask(owner, headers={"NationalIdentityNumber": person}), 200)
    (seen,) = (shipment for shipment in found if shipment["shipmentId"] == shipment_id)
    assert seen["sendersReference"] == reference


def test_chain_of_fifty_reminders_with_long_references(owner):
    reminders = [
        reminder(delayDays=day, sendersReference=secrets.token_hex(LONGEST // 2)) for day in range(1, 51)
    ]
    order = email_order(
        new_email(), requestedSendTime=LATER, reminders=reminders, sendersReference=long_text(LONGEST)
    )
    receipt = json_of(owner.request_order(order), 201)
    assert json_of(owner.request_order(order), 200) == receipt
    assert receipt["notification"]["sendersReference"] == order["sendersReference"]
    told = [each["sendersReference"] for each in receipt["notification"]["reminders"]]
    assert told == [each["sendersReference"] for each in reminders]
    last = receipt["notification"]["reminders"][-1]["shipmentId"]
    assert json_of(owner.ask("GET", f"/orders/{last}"), 200)["sendersReference"] == told[-1]
    cancelled = owner.ask("PUT", f"/future/orders/{receipt['notificationOrderId']}/cancel")
    assert len(json_of(cancelled, 200)["shipments"]) == 51


@pytest.mark.parametrize(
    ("path", "build", "at"),
    [
        ("/orders", v1_order, ("emailTemplate", "subject")),
        ("/orders/email", v1_email, ("subject",)),
        (
            "/future/orders",
            lambda: email_order(new_email()),
            ("recipient", "recipientEmail", "emailSettings", "subject"),
        ),
        ("/future/orders/instant/email", instant_email, ("recipientEmail", "emailSettings", "subject")),
    ],
)
def test_long_subjects(owner, path, build, at):
    order = build()
    *parents, last = at
    place = order
    for step in parents:
        place = place[step]
    place[last] = long_text(LONGEST, "emne å✓ ")
    answer = owner.ask("POST", path, json=order)
    assert answer.status_code in (201, 202), answer.text
    body = answer.json()
    order_id = body.get("orderId") or body["notification"]["shipmentId"]
    read = json_of(owner.ask("GET", f"/orders/{order_id}"), 200)
    assert read["emailTemplate"]["subject"] == place[last]
    place[last] += "z"
    (key,) = errors_of(owner.ask("POST", path, json=order))
    assert key.endswith("Subject")


@pytest.mark.parametrize("build", [instant_sms, deprecated_instant])
def test_long_senders_of_sms_are_kept(owner, build):
    order = build(sendersReference=long_text(LONGEST))
    path = "/future/orders/instant" + ("/sms" if build is instant_sms else "")
    receipt = json_of(owner.ask("POST", path, json=order), 201)
    assert receipt["notification"]["sendersReference"] == order["sendersReference"]


def test_long_links_and_conditions(owner):
    condition = f"https://example.no/{'x' * (LONGEST - 19)}"
    order_id = owner.send(email_order(new_email(), requestedSendTime=LATER, conditionEndpoint=condition))
    assert json_of(owner.ask("GET", f"/orders/{order_id}"), 200)["conditionEndpoint"] == condition
    too_long = email_order(new_email(), requestedSendTime=LATER, conditionEndpoint=condition + "x")
    assert set(errors_of(owner.request_order(too_long))) == {"ConditionEndpoint"}
    order = composed(requestedSendTime=LATER)
    file = attachment()
    file["sasUrl"] += "&rscd=" + "x" * (LONGEST - len(file["sasUrl"]) - 6)
    order["recipient"]["emailSettings"]["attachments"] = [file]
    endpoint = next(each for each in CREATES if each.scope == COMPOSED)
    json_of(endpoint.ask(owner, json=order), 201)
