"""What version 1 answers: every field of every answer, what is left out, and where things are."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.api.answers import INSTANT, assert_bare, assert_empty, errors_of, json_of
from tests.support.api.bodies import changed, identity_chain, v1_email, v1_order, v1_sms
from tests.support.api.endpoints import LIST, UNKNOWN, V1_BY_ID, V1_CREATES, names
from tests.support.api.v1_orders import HEADING, LATER, link, place, read
from tests.support.scenarios.owner import email_order, is_uuid, new_email, new_phone, sms_order

OPTIONAL = {"sendersReference", "ignoreReservation", "resourceId", "resourceAction", "conditionEndpoint"}
RESOURCE = {"resourceId": "urn:altinn:resource:eksempel", "resourceAction": "write"}


@pytest.mark.parametrize("endpoint", V1_CREATES, ids=names(V1_CREATES))
def test_create_is_answered_with_the_id_alone_when_nobody_was_looked_up(owner, endpoint):
    created = place(owner, endpoint.path, endpoint.body())
    assert set(created) == {"orderId"}
    assert is_uuid(created["orderId"])


@pytest.mark.parametrize("endpoint", V1_CREATES, ids=names(V1_CREATES))
def test_every_create_is_a_new_order(owner, endpoint):
    body = endpoint.body()
    assert place(owner, endpoint.path, body) != place(owner, endpoint.path, body)


def test_order_is_read_as_it_was_submitted(owner):
    body = v1_order(
        "EmailAndSms",
        sendersReference="sak-1",
        requestedSendTime="2031-06-01T12:00:00+02:00",
        conditionEndpoint="https://tjeneste.eksempel.no/uavklart/1",
        ignoreReservation=False,
        **RESOURCE,
    )
    body["emailTemplate"] |= {
        "fromAddress": "etat@example.no",
        "contentType": "html",
        "subject": "To\r\nlinjer\nog en",
    }
    body["smsTemplate"] |= {"senderNumber": "Etaten"}
    order_id = place(owner, "/orders", body)["orderId"]
    order = read(owner, order_id)
    assert set(order) == HEADING | OPTIONAL | {"recipients", "emailTemplate", "smsTemplate", "links"}
    assert INSTANT.fullmatch(order.pop("created"))
    assert order == {
        "id": order_id,
        "sendersReference": "sak-1",
        "requestedSendTime": LATER,
        "creator": owner.org,
        "notificationChannel": "EmailAndSms",
        "ignoreReservation": False,
        **RESOURCE,
        "conditionEndpoint": "https://tjeneste.eksempel.no/uavklart/1",
        "recipients": body["recipients"],
        "emailTemplate": {
            "fromAddress": "etat@example.no",
            "subject": "To linjer og en",
            "body": body["emailTemplate"]["body"],
            "contentType": "Html",
        },
        "smsTemplate": {"senderNumber": "Etaten", "body": body["smsTemplate"]["body"]},
        "links": {"self": link(owner, order_id), "status": f"{link(owner, order_id)}/status"},
    }


def test_what_an_email_order_does_not_have_is_left_out(owner):
    body = v1_email(requestedSendTime=LATER)
    order = read(owner, place(owner, "/orders/email", body)["orderId"])
    assert set(order) == HEADING | {"recipients", "emailTemplate", "links"}
    assert order["notificationChannel"] == "Email"
    assert order["emailTemplate"] == {
        "fromAddress": "noreply@example.no",
        "subject": body["subject"],
        "body": body["body"],
        "contentType": "Plain",
    }


def test_what_an_sms_order_does_not_have_is_left_out(owner):
    body = v1_sms(requestedSendTime=LATER)
    order = read(owner, place(owner, "/orders/sms", body)["orderId"])
    assert set(order) == HEADING | {"recipients", "smsTemplate", "links"}
    assert order["notificationChannel"] == "Sms"
    assert order["smsTemplate"] == {"senderNumber": "Altinn", "body": body["body"]}


def test_address_of_the_other_channel_is_not_stored_by_the_single_channel_creates(owner):
    both = {"emailAddress": new_email(), "mobileNumber": new_phone()}
    email = place(owner, "/orders/email", v1_email(requestedSendTime=LATER, recipients=[both]))
    assert read(owner, email["orderId"])["recipients"] == [{"emailAddress": both["emailAddress"]}]
    sms = place(owner, "/orders/sms", v1_sms(requestedSendTime=LATER, recipients=[both]))
    assert read(owner, sms["orderId"])["recipients"] == [{"mobileNumber": both["mobileNumber"]}]


def test_what_lookups_find_is_not_added_to_the_order(cloud, owner):
    person = {"nationalIdentityNumber": cloud.fixtures()["person_with_email_and_mobile"]["nin"]}
    created = place(owner, "/orders", v1_order(recipients=[person], requestedSendTime=LATER))
    assert read(owner, created["orderId"])["recipients"] == [person]


@pytest.mark.parametrize(
    ("kinds", "status"),
    [
        (["person_with_email_and_mobile"], "Success"),
        (["person_with_email_and_mobile", "person_no_contact"], "PartialSuccess"),
        (["person_no_contact", "person_no_contact"], "Failed"),
        (["person_reserved", "org_unknown"], "Failed"),
        (["person_reserved", "org_with_email"], "PartialSuccess"),
    ],
)
def test_create_tells_who_cannot_be_reached(cloud, owner, kinds, status):
    """Quirk P1: equal recipients count once."""
    fixtures = cloud.fixtures()
    recipients = [
        {"nationalIdentityNumber": f["nin"]} if "nin" in f else {"organizationNumber": f["orgNumber"]}
        for f in (fixtures[kind] for kind in kinds)
    ]
    created = place(owner, "/orders", v1_order(recipients=recipients, requestedSendTime=LATER))
    reserved = [fixtures["person_reserved"]["nin"]] if "person_reserved" in kinds else []
    missing = {
        fixtures[k].get("nin") or fixtures[k]["orgNumber"]
        for k in kinds
        if k in ("person_no_contact", "org_unknown")
    }
    assert created["recipientLookup"] == {
        "status": status,
        "isReserved": reserved,
        "missingContact": sorted(missing),
    }


def test_reserved_people_are_told_of_though_reservation_is_ignored(cloud, owner):
    """Quirk P2: the list informs, whether or not the reservation will be heeded."""
    nin = cloud.fixtures()["person_reserved"]["nin"]
    body = v1_order(
        recipients=[{"nationalIdentityNumber": nin}], ignoreReservation=True, requestedSendTime=LATER
    )
    assert place(owner, "/orders", body)["recipientLookup"]["isReserved"] == [nin]


@pytest.mark.parametrize(
    ("channel", "kind", "reachable"),
    [
        ("Email", "person_mobile_only", False),
        ("Sms", "person_email_only", False),
        ("EmailPreferred", "person_mobile_only", True),
        ("SmsPreferred", "person_email_only", True),
        ("EmailAndSms", "person_email_only", True),
    ],
)
def test_channel_decides_which_contact_points_count(cloud, owner, channel, kind, reachable):
    person = {"nationalIdentityNumber": cloud.fixtures()[kind]["nin"]}
    lookup = place(owner, "/orders", v1_order(channel, recipients=[person], requestedSendTime=LATER))[
        "recipientLookup"
    ]
    assert lookup["status"] == ("Success" if reachable else "Failed")


def test_list_holds_what_a_read_would(owner):
    """Quirk V5: no paging; oldest first."""
    first, second = (
        place(owner, "/orders/email", v1_email(sendersReference="Sak æ/1", requestedSendTime=LATER))[
            "orderId"
        ]
        for _ in range(2)
    )
    place(owner, "/orders/email", v1_email(sendersReference="sak æ/1", requestedSendTime=LATER))
    found = json_of(LIST.ask(owner, params={"sendersReference": "Sak æ/1"}), 200)
    assert found == {"count": 2, "orders": [read(owner, first), read(owner, second)]}


def test_list_of_large_orders_is_cut(owner):
    """Quirk V5: what one answer can hold has a limit, whatever was placed."""
    body = v1_email(sendersReference="store", requestedSendTime=LATER) | {"body": "x" * 512 * 1024}
    with ThreadPoolExecutor(4) as callers:
        list(callers.map(lambda _: place(owner, "/orders/email", body), range(64)))
    answer = LIST.ask(owner, params="sendersReference=store")
    found = json_of(answer, 200)
    assert 38 <= found["count"] == len(found["orders"]) < 64
    assert answer.headers["X-Result-Truncated"] == "true"
    assert len(answer.content) < 21_000_000


def test_empty_list_is_no_error(owner):
    assert json_of(LIST.ask(owner, params={"sendersReference": "ingen"}), 200) == {"count": 0, "orders": []}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "A value for the 'sendersReference' parameter or property was not provided."),
        ("sendersReference=", "The sendersReference field is required."),
        ("sendersReference", "The sendersReference field is required."),
        ("sendersReference=%20", "The sendersReference field is required."),
    ],
)
def test_list_needs_a_reference(owner, query, message):
    assert errors_of(LIST.ask(owner, params=query)) == {"sendersReference": [message]}


@pytest.mark.parametrize("endpoint", V1_BY_ID, ids=names(V1_BY_ID))
def test_unknown_orders_are_not_found(owner, endpoint):
    answer = endpoint.ask(owner, of=UNKNOWN)
    if endpoint.method == "PUT":
        assert_bare(answer, 404, "Not Found", "15.5.5")
    else:
        assert_empty(answer, 404)


@pytest.mark.parametrize("endpoint", V1_BY_ID, ids=names(V1_BY_ID))
def test_shipments_of_version_2_are_orders_of_version_1(owner, endpoint):
    body = email_order(new_email(), requestedSendTime=LATER)
    shipment_id = owner.place(body)["notification"]["shipmentId"]
    answer = json_of(endpoint.ask(owner, of=shipment_id), 200)
    assert shipment_id in (answer.get("id"), answer.get("orderId"))


def test_external_identity_is_not_shown_in_version_1(cloud, owner):
    """Quirk V4: version 1 has no word for it; the recipient is an empty object."""
    urn = cloud.fixtures()["external_identity_username"]["urn"]
    shipment_id = owner.send(identity_chain(urn) | {"requestedSendTime": LATER})
    assert read(owner, shipment_id)["recipients"] == [{}]


def test_text_of_another_version_is_shown_too(owner):
    body = changed(sms_order(new_phone()), "recipient.recipientSms.smsSettings.sender", " Etaten ")
    shipment_id = owner.send(body | {"requestedSendTime": LATER})
    assert read(owner, shipment_id)["smsTemplate"]["senderNumber"] == "Etaten"
