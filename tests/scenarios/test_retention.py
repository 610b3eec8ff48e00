"""What is forgotten when: content after 90 days, the rest after a year, what recognises a repeat never."""

import uuid

from tests.support.scenarios.owner import (
    Owner,
    email_order,
    new_email,
    new_idempotency_id,
    new_text,
    sms_order,
    wait_until,
)

V1_ORDERS = "/orders"
AFTER_CONTENT = "2031-09-10T02:00:30Z"
AFTER_EVERYTHING = "2032-06-10T02:00:30Z"


def v1_order(reference, count):
    recipients = [{"emailAddress": new_email()} for _ in range(count)]
    return {
        "sendersReference": reference,
        "recipients": recipients,
        "subject": new_text("Vedtak"),
        "body": new_text(),
    }


def place_v1(owner, reference, count, **more):
    answer = owner.ask("POST", f"{V1_ORDERS}/email", json=v1_order(reference, count) | more)
    assert answer.status_code == 202, answer.text
    return answer.json()["orderId"]


def destinations(owner, shipment_id):
    return {recipient["destination"] for recipient in owner.shipment(shipment_id)["recipients"]}


def wait_for_purge(cloud, look, *, what):
    """Wait until something is purged; a run may end before it saw every owner, so let days pass."""
    for _ in range(4):
        try:
            wait_until(look, within=45, what=what)
        except AssertionError:
            cloud.advance_clock(24 * 3600)
        else:
            return
    wait_until(look, what=what)


def test_w36_content_goes_first_then_the_rest_but_a_repeat_is_still_answered(cloud, owner):
    association = {"dialogId": str(uuid.uuid4()), "transmissionId": "sending"}
    order = sms_order(
        "+4799990077",
        idempotencyId=new_idempotency_id(),
        sendersReference="sak-gammel",
        dialogportenAssociation=association,
    )
    receipt = owner.place(order)
    small = receipt["notification"]["shipmentId"]
    large = place_v1(owner, "sak-stor", 120)
    later = {"requestedSendTime": "2031-05-06T12:00:00+02:00"}
    cancelled = place_v1(owner, "sak-angret", 1, **later)
    assert owner.ask("PUT", f"{V1_ORDERS}/{cancelled}/cancel").status_code == 200
    owner.wait_for_feed(2)
    assert destinations(owner, small) == {"+4799990077"}

    cloud.set_clock(AFTER_CONTENT)
    fresh = Owner(cloud, owner.org)  # tokens of May have not expired: they follow real time
    kept = fresh.send(email_order(address := new_email()))
    wait_for_purge(cloud, lambda: destinations(fresh, small) == {""}, what="small order purged")
    wait_for_purge(cloud, lambda: destinations(fresh, large) == {""}, what="large order purged")
    wait_for_purge(
        cloud, lambda: [entry["shipmentId"] for entry in fresh.feed()] == [kept], what="feed purged"
    )
    assert fresh.feed()[0]["sequenceNumber"] == 3
    assert destinations(fresh, kept) == {address}

    purged = fresh.shipment(small)
    assert (purged["status"], purged["sendersReference"]) == ("Order_Completed", "sak-gammel")
    assert [recipient["status"] for recipient in purged["recipients"]] == ["SMS_Delivered"]
    assert len(fresh.shipment(large)["recipients"]) == 120
    v1 = fresh.ask("GET", f"{V1_ORDERS}/{large}")
    assert v1.status_code == 200
    assert "hemmelig" not in v1.text
    assert "@example.no" not in v1.text.replace("noreply@example.no", "")
    assert fresh.ask("GET", "/future/log", params={"dialogId": association["dialogId"]}).json() == []
    assert fresh.ask("GET", "/future/log", params={"transmissionId": "sending"}).json() == []
    again = fresh.request_order(order)
    assert (again.status_code, again.json()) == (200, receipt)

    cloud.set_clock(AFTER_EVERYTHING)
    for shipment_id in (small, large, cancelled):
        wait_for_purge(
            cloud,
            lambda id_=shipment_id: fresh.ask("GET", f"/future/shipment/{id_}").status_code == 404,
            what="order forgotten",
        )
    for reference in ("sak-gammel", "sak-stor", "sak-angret"):
        found = fresh.ask("GET", V1_ORDERS, params={"sendersReference": reference}).json()
        assert found["orders"] == []
    again = fresh.request_order(order)
    assert (again.status_code, again.json()) == (200, receipt)
    assert len(cloud.outbox("+4799990077")["sms"]) == 1
    assert destinations(fresh, kept) == {""}


def test_support_finds_nothing_of_what_lost_its_content(cloud, owner):
    nin = cloud.fixtures()["person_email_only"]["nin"]
    settings = {"subject": new_text("Vedtak"), "body": new_text()}
    person = {"nationalIdentityNumber": nin, "channelSchema": "Email", "emailSettings": settings}
    shipment_id = owner.send(email_order(new_email()) | {"recipient": {"recipientPerson": person}})
    owner.wait_for_feed_entry(shipment_id)

    def found():
        token = cloud.token(scope="altinn:notifications.support.admin")
        answer = owner.ask(
            "GET",
            "/future/dashboard/recipients/notifications/nin",
            headers={"Authorization": f"Bearer {token}", "NationalIdentityNumber": nin},
            params={"from": "2031-05-01T00:00:00Z"},
        )
        assert answer.status_code == 200, answer.text
        return [shipment["shipmentId"] for shipment in answer.json()]

    assert shipment_id in found()
    cloud.set_clock(AFTER_CONTENT)
    wait_for_purge(cloud, lambda: shipment_id not in found(), what="forgotten by support")
