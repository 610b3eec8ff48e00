"""Spellings that clients of the reference system use and that its frameworks read: they are read here too."""

import json

import pytest

from tests.support.api.answers import assert_bare, assert_empty, errors_of, json_of
from tests.support.api.bodies import (
    changed,
    composed,
    instant_email,
    person_chain,
    reminder,
    v1_email,
    v1_order,
)
from tests.support.api.endpoints import CANCEL_CHAIN, CREATES, FEED, LIST, SHIPMENT, V1_BY_ID, names
from tests.support.scenarios.owner import email_order, new_email, new_idempotency_id, new_phone, sms_order

LATER = "2031-06-01T10:00:00Z"
creates = pytest.mark.parametrize("endpoint", CREATES, ids=names(CREATES))


def order_of(owner, answer):
    """Return an order as version 1 reads it, from the answer to its placement."""
    body = answer.json()
    order_id = body.get("orderId") or body["notification"]["shipmentId"]
    return json_of(owner.ask("GET", f"/orders/{order_id}"), 200)


def test_serialisers_of_dotnet(owner):
    person = owner.cloud.fixtures()["person_with_email_and_mobile"]["nin"]
    settings = """
        "emailSettings": {"subject": "Skjema", "body": "Hei", "contentType": %d},
        "smsSettings": {"body": "Hei", "sendingTimePolicy": 1}"""
    body = f"""{{
        "idempotencyId": "512345/{new_idempotency_id()}-init", "sendersReference": "app-1",
        "requestedSendTime": "2031-06-01T12:49:12.1544076+02:00", "conditionEndpoint": null,
        "dialogportenAssociation": null,
        "recipient": {{"recipientPerson": {{"nationalIdentityNumber": "{person}", "channelSchema": 2,
            "ignoreReservation": false, {settings % 0}}}}},
        "reminders": [{{"sendersReference": null, "conditionEndpoint": null, "delayDays": 7,
            "requestedSendTime": null,
            "recipient": {{"recipientSms": {{"phoneNumber": "\\u002B4799999999",
                "smsSettings": {{"body": "Hei", "sendingTimePolicy": 2}}}}}}}}]}}"""
    typed = {"Content-Type": "application/json; charset=utf-8"}
    answer = owner.ask("POST", "/future/orders", data=body.encode(), headers=typed)
    json_of(answer, 201)
    order = order_of(owner, answer)
    assert order["notificationChannel"] == "EmailPreferred"
    assert order["emailTemplate"]["contentType"] == "Plain"
    assert order["requestedSendTime"].startswith("2031-06-01T10:49:12.154407")
    again = owner.ask("POST", "/future/orders", data=body.encode(), headers=typed)
    assert json_of(again, 200) == answer.json()
    nothing = sms_order(new_phone(), reminders=None, requestedSendTime=LATER)
    json_of(owner.request_order(nothing), 201)


@pytest.mark.parametrize("written", [2, "2", "02", "+2", " 2 ", "EMAILPREFERRED", " EmailPreferred\n"])
def test_members_by_name_or_number(owner, written):
    """Quirk E1: serialisers of public clients write enumerations as integers."""
    answer = owner.ask("POST", "/orders", json=v1_order(written, requestedSendTime=LATER))
    json_of(answer, 202)
    assert order_of(owner, answer)["notificationChannel"] == "EmailPreferred"


@pytest.mark.parametrize("written", [1, "1", "+1", "html "])
def test_content_types_by_name_or_number(owner, written):
    order = email_order(new_email(), requestedSendTime=LATER, settings={"contentType": written})
    answer = owner.request_order(order)
    json_of(answer, 201)
    assert order_of(owner, answer)["emailTemplate"]["contentType"] == "Html"


@pytest.mark.parametrize(("written", "when"), [(1, "2031-05-05"), ("+1", "2031-05-05"), (2, "2031-05-06")])
def test_policies_by_number(cloud, owner, written, when):
    cloud.set_clock("2031-05-05T22:00:00+02:00")
    order = sms_order(new_phone(), settings={"sendingTimePolicy": written})
    shipment_id = owner.send(order)
    if when.endswith("06"):
        assert owner.statuses(shipment_id) in ([], ["SMS_New"])
    else:
        owner.wait_for(shipment_id, "SMS_Delivered")


@pytest.mark.parametrize(
    ("path", "body", "at", "key"),
    [
        (
            "/future/orders",
            email_order,
            "recipient.recipientEmail.emailSettings",
            "Recipient.RecipientEmail.",
        ),
        (
            "/future/orders/instant/email",
            instant_email,
            "recipientEmail.emailSettings",
            "InstantEmailDetails.Email",
        ),
        ("/orders", v1_order, "emailTemplate", "EmailTemplate."),
    ],
)
@pytest.mark.parametrize("number", [2, "2", -1])
def test_numbers_of_no_content_type_are_told_under_its_key(owner, path, body, at, key, number):
    valid = body(new_email()) if body is email_order else body()
    errors = errors_of(owner.ask("POST", path, json=changed(valid, f"{at}.contentType", number)))
    key += {"/orders": "ContentType"}.get(path, "Settings.ContentType")
    assert errors == {key: ["Email content type must be either Plain or HTML."]}


@pytest.mark.parametrize("written", ["Email, Sms", "Email,", "0,1", 1.0, True, [0]])
def test_anything_else_is_no_member(owner, written):
    errors = errors_of(owner.ask("POST", "/orders", json=v1_order(written)))
    assert set(errors) == {"$.notificationChannel", "notificationOrderRequest"}


def test_number_of_no_channel_is_told_beside_other_problems(owner):
    order = person_chain("123", channelSchema=5)
    assert errors_of(owner.request_order(order)) == {
        "Recipient.RecipientPerson.ChannelSchema": ["Invalid channel scheme value."],
        "Recipient.RecipientPerson.NationalIdentityNumber": [
            "National identity number must be 11 digits long."
        ],
    }


@creates
@pytest.mark.parametrize(
    ("content_type", "encoding"),
    [
        ("application/problem+json", "utf-8"),
        ("application/vnd.api+json; charset=utf-8", "utf-8"),
        ("APPLICATION/VND.X+JSON", "utf-8"),
        ("application/json; charset=utf-16", "utf-16"),
        ('application/json; charset="UTF-16"', "utf-16-le"),
    ],
)
def test_json_of_every_kind(owner, endpoint, content_type, encoding):
    body = json.dumps(endpoint.body() | {"sendersReference": "blåbær"}, ensure_ascii=False).encode(encoding)
    answer = endpoint.ask(owner, data=body, headers={"Content-Type": content_type})
    assert json_of(answer, endpoint.success)
    assert order_of(owner, answer)["sendersReference"] == "blåbær"


@creates
@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1252", "us-ascii", "utf-32", "bogus", '""'])
def test_other_charsets_are_refused(owner, endpoint, charset):
    body = json.dumps(endpoint.body()).encode()
    answer = endpoint.ask(owner, data=body, headers={"Content-Type": f"application/json; charset={charset}"})
    assert_bare(answer, 415, "Unsupported Media Type", "15.5.16")


def test_body_that_is_not_in_the_charset_it_names(owner):
    headers = {"Content-Type": "application/json; charset=utf-16"}
    assert set(errors_of(owner.ask("POST", "/orders/sms", data=b"{} ", headers=headers))) == {"$"}


@pytest.mark.parametrize(
    "written",
    ["2031-06-01T12:00:00+02", "2031-06-01T10:00:00.Z", "2031-06-01T12:00+02", "2031-06-01T12:00:00.+02:00"],
)
def test_short_times(owner, written):
    answer = owner.request_order(email_order(new_email(), requestedSendTime=written))
    json_of(answer, 201)
    assert order_of(owner, answer)["requestedSendTime"] == LATER


@creates
@pytest.mark.parametrize("text", ['"\\ud800"', '"a\\udfffb"', '"\\u0000"', '["\\ude00\\ud83d"]'])
def test_broken_text_harms_only_who_reads_it(owner, endpoint, text):
    written = json.dumps(endpoint.body() | {"unknown": {"x": "@"}}).replace('"@"', text).encode()
    json_of(endpoint.ask(owner, data=written, headers={"Content-Type": "application/json"}), endpoint.success)
    written = json.dumps(endpoint.body() | {"sendersReference": "@"}).replace('"@"', text).encode()
    errors = errors_of(endpoint.ask(owner, data=written, headers={"Content-Type": "application/json"}))
    assert set(errors) == {"$.sendersReference", endpoint.parameter}


@pytest.mark.parametrize("channel", ["Email", "Sms"])
def test_version_1_reads_back_both_templates(owner, channel):
    order = v1_order(channel, requestedSendTime=LATER)
    read = order_of(owner, owner.ask("POST", "/orders", json=order))
    assert read["emailTemplate"]["subject"] == order["emailTemplate"]["subject"]
    assert read["smsTemplate"]["body"] == order["smsTemplate"]["body"]


def test_template_of_the_other_channel_is_never_sent(owner):
    order = v1_order("Sms", recipients=[{"mobileNumber": new_phone(), "emailAddress": new_email()}])
    order_id = owner.ask("POST", "/orders", json=order).json()["orderId"]
    entry = owner.wait_for_feed_entry(order_id)
    assert [recipient["status"] for recipient in entry["recipients"]] == ["SMS_Delivered"]


def with_blanks(item):
    return f"%20{item}%0D%0A"


SPELLINGS = {
    "braces": lambda item: f"%7B{item}%7D",
    "parentheses": lambda item: f"({item})",
    "blanks": with_blanks,
    "braces in blanks": lambda item: with_blanks(f"{{{item}}}"),
    "no-break space": lambda item: f"%C2%A0{item}",
    "shouted without hyphens": lambda item: item.replace("-", "").upper(),
}


@pytest.mark.parametrize("endpoint", [*V1_BY_ID, SHIPMENT, CANCEL_CHAIN], ids=lambda endpoint: endpoint.name)
@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_ids_in_paths_are_read_in_every_form(owner, endpoint, spelling):
    receipt = owner.place(email_order(new_email(), requestedSendTime=LATER))
    item = receipt["notification"]["shipmentId"]
    if endpoint is CANCEL_CHAIN:
        item = receipt["notificationOrderId"]
    answer = json_of(endpoint.ask(owner, of=spelling(item)), 200)
    assert item in answer.values()


@pytest.mark.parametrize("endpoint", [SHIPMENT, CANCEL_CHAIN], ids=names((SHIPMENT, CANCEL_CHAIN)))
@pytest.mark.parametrize("given", ["{%s", "(%s}", "{{%s}}", '"%s"'])
def test_half_an_id_is_no_path(owner, endpoint, given):
    assert_empty(endpoint.ask(owner, of=given % "5235b95c-e9b6-4ef0-8a67-372301000000"), 404)


def test_feed_reads_numbers_and_directions_as_people_write_them(owner):
    ids = [owner.send(email_order(new_email())) for _ in range(3)]
    for shipment_id in ids:
        owner.wait_for_feed_entry(shipment_id)
    everything = json_of(FEED.ask(owner), 200)
    first = everything[0]["sequenceNumber"]
    for query in ("pageSize=%20", "pageSize=", "orderBy=0", "orderBy=+asc", f"seq=+{first - 1}"):
        assert json_of(FEED.ask(owner, params=query), 200) == everything, query
    for query in ("orderBy=1", "orderBy=%2B1", "orderBy=DESC%20", "orderBy=desc&orderBy=asc"):
        assert json_of(FEED.ask(owner, params=query), 200) == everything[::-1], query
    for query in (f"seq=%2B{first}", f"seq={first}%20", f"seq=%20{first}", f"seq={first}&seq=0&Seq=x"):
        assert json_of(FEED.ask(owner, params=query), 200) == everything[1:], query
    for query in ("pageSize=+1", "pageSize=1%20", "pageSize=%2B1&pageSize=3"):
        assert json_of(FEED.ask(owner, params=query), 200) == everything[:1], query


@pytest.mark.parametrize("query", ["orderBy=2", "orderBy=-1", "orderBy=asc,desc", "orderBy=%20"])
def test_directions_that_there_are_not(owner, query):
    assert set(errors_of(FEED.ask(owner, params=query))) == {"OrderBy"}


@pytest.mark.parametrize("query", ["seq=0x1", "seq=%20", "seq=", "seq=x&seq=1"])
def test_places_that_there_are_not(owner, query):
    assert set(errors_of(FEED.ask(owner, params=query))) == {"Seq"}


def test_of_a_reference_given_twice_the_first_counts(owner):
    json_of(owner.ask("POST", "/orders/email", json=v1_email(sendersReference="a,b c")), 202)
    assert json_of(LIST.ask(owner, params="sendersReference=a,b+c&sendersReference=x"), 200)["count"] == 1
    assert json_of(LIST.ask(owner, params="sendersReference=x&sendersReference=a,b+c"), 200)["count"] == 0
    assert json_of(LIST.ask(owner, params="SendersReference=a%2Cb%20c"), 200)["count"] == 1


def test_reminders_are_read_like_their_order(owner):
    order = email_order(
        new_email(),
        requestedSendTime=LATER,
        reminders=[reminder(delayDays="+1"), reminder(requestedSendTime="2031-07-01T10:00:00+02")],
    )
    receipt = owner.place(order)["notification"]
    times = [
        json_of(owner.ask("GET", f"/orders/{each['shipmentId']}"), 200)["requestedSendTime"]
        for each in receipt["reminders"]
    ]
    assert times == ["2031-06-02T10:00:00Z", "2031-07-01T08:00:00Z"]


def test_composed_emails_are_read_like_others(owner):
    endpoint = CREATES[-1]
    order = composed(requestedSendTime="2031-06-01T12:00:00+02")
    order = changed(order, "recipient.emailSettings.contentType", " HTML")
    order = changed(order, "recipient.emailSettings.sendingTimePolicy", 1)
    answer = endpoint.ask(owner, json=order)
    json_of(answer, 201)
    assert order_of(owner, answer)["emailTemplate"]["contentType"] == "Html"
    wrong = changed(order, "recipient.emailSettings.sendingTimePolicy", 2)
    assert set(errors_of(endpoint.ask(owner, json=wrong))) == {"Recipient.Settings.SendingTimePolicy"}
