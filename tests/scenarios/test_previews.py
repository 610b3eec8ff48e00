"""A preview over HTTP, what then comes to those it was about, and what its log line says."""

import json

from tests.support.scenarios.owner import new_phone, personal_in, sms_order
from tests.support.scenarios.recipients import PERSON, order_to


def preview(owner, path, body):
    answer = owner.ask("POST", f"{path}/preview", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_an_sms_comes_in_the_words_and_parts_of_its_preview(cloud, owner):
    number = new_phone()
    order = sms_order(number)
    order["recipient"]["recipientSms"]["smsSettings"]["body"] += " it\u2019s " + "x" * 70
    told = preview(owner, "/future/orders", order)
    (shipment,) = told["shipments"]
    assert cloud.outbox(number) == {"emails": [], "sms": []}
    owner.wait_for_feed_entry(owner.send(order))
    (text,) = shipment["texts"]
    assert cloud.wait_for_sms(number)["text"] == text["body"]
    assert (text["sms"]["parts"], [each["code"] for each in text["sms"]["forcing"]]) == (2, ["U+2019"])
    assert preview(owner, "/future/orders", order)["repeat"]


def test_a_reserved_person_is_like_any_other_in_version_2_and_told_in_version_1(owner, people):
    reserved, both = people["person_reserved"]["nin"], people["person_with_email_and_mobile"]["nin"]
    shipments = []
    for number in (reserved, both):
        told = preview(owner, "/future/orders", order_to(PERSON, number, "EmailPreferred", text="Hei"))
        assert told["accepted"]
        (shipment,) = told["shipments"]
        shipments.append({name: shipment[name] for name in ("counts", "recipients", "texts", "warnings")})
    assert shipments[0] == shipments[1]
    order = {"subject": "Varsel", "body": "Hei", "recipients": [{"nationalIdentityNumber": reserved}]}
    told = preview(owner, "/orders/email", order)
    assert told["recipientLookup"]["isReserved"] == [reserved]
    assert told["recipientLookup"] == owner.ask("POST", "/orders/email", json=order).json()["recipientLookup"]


def test_each_preview_is_a_line_in_the_log_without_anybody_in_it(cloud, owner, people):
    order = order_to(PERSON, people["person_with_email_and_mobile"]["nin"], "EmailPreferred")
    preview(owner, "/future/orders", order)
    lines = [line for line in cloud.log_text().splitlines() if "an order was previewed" in line]
    facts = [json.loads(line[line.index("{") :]) for line in lines]
    assert {"owner": owner.org, "kind": "Notification", "orders": 1, "recipients": 1, "looked_up": 1} in [
        {name: each[name] for name in ("owner", "kind", "orders", "recipients", "looked_up")}
        for each in facts
    ]
    assert personal_in(cloud.log_text()) == []
