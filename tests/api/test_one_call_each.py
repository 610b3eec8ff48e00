"""One call for each rule of the API, with the answer to it; other modules try the same rules in depth."""

import pytest
import requests

from tests.support.api.answers import (
    assert_coded,
    assert_conflict,
    assert_empty,
    assert_no_such_shipment,
    errors_of,
    json_of,
)
from tests.support.api.bodies import (
    LEFT_OUT,
    as_written,
    attachment,
    chain,
    changed,
    composed,
    instant_email,
    instant_sms,
    person_chain,
    sms_chain,
    v1_email,
)
from tests.support.api.endpoints import COMPOSED, CREATE, ENDPOINTS, FEED, SHIPMENT, UNKNOWN
from tests.support.scenarios.owner import API, CALL_SECONDS, Owner, new_phone, personal

INSTANT_SMS, INSTANT_EMAIL = "/future/orders/instant/sms", "/future/orders/instant/email"
COMPOSED_EMAIL = "/future/orders/composed-email"


def bearer(owner, scope=CREATE, org=True):
    return {
        "Authorization": f"Bearer {personal(owner.cloud.token(org=owner.org if org else None, scope=scope))}"
    }


def place_composed(owner, body):
    return owner.ask("POST", COMPOSED_EMAIL, json=body, headers=bearer(owner, COMPOSED))


def in_minutes(owner, minutes):
    return {"requestedSendTime": as_written(owner.cloud.now(), minutes=minutes)}


def test_no_credentials(owner):
    for endpoint in ENDPOINTS:
        assert_empty(endpoint.ask(owner, token=""), 401)


def test_wrong_scope(owner):
    for endpoint in ENDPOINTS:
        token = personal(owner.cloud.token(org=owner.org, scope="altinn:other"))
        assert_empty(endpoint.ask(owner, token=token), 403)


def test_no_organization_and_a_valid_body(owner):
    assert_empty(owner.ask("POST", "/future/orders", json=chain(), headers=bearer(owner, org=False)), 403)


def test_no_organization_and_an_invalid_body(owner):
    errors_of(owner.ask("POST", "/future/orders", json={}, headers=bearer(owner, org=False)))


def test_order_id_that_is_no_uuid(owner):
    assert set(errors_of(owner.ask("GET", "/orders/not-a-uuid"))) == {"id"}


def test_shipment_id_that_is_no_uuid(owner):
    assert_empty(owner.ask("GET", "/future/shipment/not-a-uuid"), 404)


def test_order_of_another_creator(cloud, owner):
    order_id = Owner(cloud).ask("POST", "/orders/email", json=v1_email()).json()["orderId"]
    assert_empty(owner.ask("GET", f"/orders/{order_id}"), 404)


def test_unknown_shipment(owner):
    assert_no_such_shipment(SHIPMENT.ask(owner, of=UNKNOWN))


def test_version_1_order_four_minutes_late(owner):
    json_of(owner.ask("POST", "/orders/email", json=v1_email(**in_minutes(owner, -4))), 202)


def test_version_1_order_six_minutes_late(owner):
    assert set(errors_of(owner.ask("POST", "/orders/email", json=v1_email(**in_minutes(owner, -6))))) == {
        "RequestedSendTime"
    }


def test_version_2_order_a_minute_late(owner):
    assert set(errors_of(owner.request_order(chain() | in_minutes(owner, -1)))) == {"RequestedSendTime"}


def test_send_time_without_zone(owner):
    order = chain() | {"requestedSendTime": "2031-06-01T10:00:00"}
    assert set(errors_of(owner.request_order(order))) == {"RequestedSendTime"}


def test_same_order_twice(owner):
    order = chain()
    first, second = owner.request_order(order), owner.request_order(order)
    assert json_of(first, 201) == json_of(second, 200)
    assert "Location" in first.headers
    assert "Location" not in second.headers


def test_one_id_for_three_types_of_order(owner):
    same = {"idempotencyId": chain()["idempotencyId"]}
    receipts = [
        json_of(owner.request_order(chain() | same), 201),
        json_of(owner.ask("POST", INSTANT_SMS, json=instant_sms(**same)), 201),
        json_of(place_composed(owner, composed(**same)), 201),
    ]
    assert len({receipt["notificationOrderId"] for receipt in receipts}) == 3


def test_one_id_for_two_kinds_of_instant_order(cloud, owner):
    """Quirk I4: all instant orders share one namespace; nothing is sent for the second."""
    same = {"idempotencyId": chain()["idempotencyId"]}
    receipt = json_of(owner.ask("POST", INSTANT_SMS, json=instant_sms(**same)), 201)
    email = instant_email(**same)
    assert json_of(owner.ask("POST", INSTANT_EMAIL, json=email), 200) == receipt
    assert cloud.outbox(email["recipientEmail"]["emailAddress"])["emails"] == []


def test_two_recipients(owner):
    both = chain()["recipient"] | sms_chain()["recipient"]
    assert set(errors_of(owner.request_order(chain() | {"recipient": both}))) == {"Recipient"}


def test_no_idempotency_id(owner):
    errors = errors_of(owner.request_order(changed(chain(), "idempotencyId", LEFT_OUT)))
    assert any(key.startswith("$") for key in errors)


def test_blank_idempotency_id(owner):
    assert set(errors_of(owner.request_order(chain() | {"idempotencyId": "  "}))) == {"IdempotencyId"}


def test_person_without_contact_data(cloud, owner):
    order = person_chain(cloud.fixtures()["person_no_contact"]["nin"]) | {"sendersReference": "sak-19"}
    title = "Missing contact information for recipient(s)"
    assert_coded(owner.request_order(order), 422, "NOT-00001", title, "Unprocessable Entity")
    assert owner.ask("GET", "/orders?sendersReference=sak-19").json()["count"] == 0
    json_of(owner.request_order(chain() | {"idempotencyId": order["idempotencyId"]}), 201)


def test_reserved_person(cloud, owner):
    json_of(owner.request_order(person_chain(cloud.fixtures()["person_reserved"]["nin"])), 201)


def test_cancel_an_hour_before(owner):
    shipment_id = owner.send(chain() | in_minutes(owner, 60))
    for _ in range(2):
        cancelled = json_of(owner.ask("PUT", f"/orders/{shipment_id}/cancel"), 200)
        assert cancelled["processingStatus"]["status"] == "Cancelled"


def test_cancel_four_minutes_before(owner):
    shipment_id = owner.send(chain() | in_minutes(owner, 4))
    assert_conflict(owner.ask("PUT", f"/orders/{shipment_id}/cancel"))


def test_page_sizes(owner):
    for _ in range(2):
        owner.send(chain())
    owner.wait_for_feed(2)
    assert len(json_of(FEED.ask(owner, params="pageSize=0"), 200)) == 1
    assert len(json_of(FEED.ask(owner, params="pageSize=100000"), 200)) == 2


def test_negative_cursor(owner):
    assert set(errors_of(FEED.ask(owner, params="seq=-1"))) == {"Seq"}


@pytest.mark.parametrize(("seconds", "status"), [(59, 400), (60, 201), (172800, 201), (172801, 400)])
def test_time_to_live(owner, seconds, status):
    order = changed(instant_sms(), "recipientSms.timeToLiveInSeconds", seconds)
    assert owner.ask("POST", INSTANT_SMS, json=order).status_code == status


def test_instant_message_while_the_gateway_is_down(cloud, owner):
    order = changed(instant_sms(), "recipientSms.phoneNumber", number := new_phone())
    rule = {"target": "sms.submit", "action": "logon-failed", "match": {"to": number}}
    rule_id = cloud.add_fault(rule)["id"]
    title = "A temporary network failure occurred"
    answer = owner.ask("POST", INSTANT_SMS, json=order)
    assert_coded(answer, 503, "NOT-00004", title, "Service Unavailable")
    requests.delete(f"{cloud.control}/faults/{rule_id}", timeout=CALL_SECONDS)
    cloud.clear_faults()
    json_of(owner.ask("POST", INSTANT_SMS, json=order), 201)
    assert len(cloud.outbox(number)["sms"]) == 1


def test_attachment_that_expires_too_soon(owner):
    body = composed(requestedSendTime="2031-06-01T10:00:00Z")
    files = [attachment("2031-06-01T10:14:59Z")]
    answer = place_composed(owner, changed(body, "recipient.emailSettings.attachments", files))
    assert set(errors_of(answer)) == {"Recipient.Settings.Attachments[0]"}


def test_email_by_day_only(owner):
    order = changed(chain(), "recipient.recipientEmail.emailSettings.sendingTimePolicy", "Daytime")
    assert set(errors_of(owner.request_order(order))) == {
        "Recipient.RecipientEmail.Settings.SendingTimePolicy"
    }


def test_composed_email_with_the_ordinary_scope(owner):
    assert_empty(owner.ask("POST", COMPOSED_EMAIL, json=composed()), 403)


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_metrics_file_without_key(cloud, channel):
    answer = requests.post(f"{cloud.api}{API}/metrics/{channel}", timeout=CALL_SECONDS)
    assert json_of(answer, 401) == {"error": "API key required for Metrics endpoints"}
