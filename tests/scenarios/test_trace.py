"""Every shipment explains itself: to its owner and to support, in English and in bokmål."""

import re
from datetime import datetime, timedelta

import requests

from tests.support.scenarios.conditions import condition
from tests.support.scenarios.owner import (
    API,
    CALL_SECONDS,
    NIGHT,
    NOON,
    Owner,
    email_order,
    fail_once,
    new_email,
    new_phone,
    personal,
    sms_order,
    wait_until,
    wait_until_failed,
)
from tests.support.scenarios.recipients import PERSON, order_to

SUPPORT = "altinn:notifications.support.admin"


def trace(owner, shipment_id, language=""):
    answer = owner.ask("GET", f"/future/shipment/{shipment_id}/trace", headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    return answer.json()


def types(owner, shipment_id):
    return [event["type"] for event in trace(owner, shipment_id)["events"]]


def test_a_held_sms_says_until_when_and_then_what_became_of_it(cloud, owner):
    cloud.set_clock(NIGHT)
    shipment_id = owner.send(sms_order(new_phone(), settings={"sendingTimePolicy": "Daytime"}))
    held = trace(owner, shipment_id)
    assert re.fullmatch(r"Held for the SMS window until 09:(0\d|10) on 6 May \(Oslo\)\.", held["summary"])
    assert (held["next"]["step"], held["next"]["text"]) == ("leave", "The SMS leaves.")
    assert held["next"]["at"] == held["groups"][0]["until"]
    in_bokmal = trace(owner, shipment_id, "nn-NO, en;q=0.5")
    assert in_bokmal["language"] == "nb"
    assert in_bokmal["summary"].startswith("Holdes tilbake for sendevinduet for SMS til kl. 09.")

    cloud.set_clock(datetime.fromisoformat(NIGHT) + timedelta(hours=11, minutes=10))
    owner.wait_for(shipment_id, "SMS_Delivered")
    delivered = trace(owner, shipment_id)
    assert re.fullmatch(r"Delivered at 09:1\d\.", delivered["summary"])
    assert "next" not in delivered
    kinds = [event["type"] for event in delivered["events"]]
    assert kinds[:3] == ["accepted", "held", "forwarded"]
    assert kinds[-4:] == ["attempt", "answered", "reported", "closed"]


def test_an_email_has_its_whole_way_although_its_row_was_written_twice(owner):
    shipment_id = owner.send(email_order(new_email(), sendersReference="sak-7"))
    owner.wait_for(shipment_id, "Email_Delivered")
    found = trace(owner, shipment_id)
    assert (found["shipmentId"], found["sendersReference"]) == (shipment_id, "sak-7")
    assert found["status"] == "Order_Completed"
    assert types(owner, shipment_id) == ["accepted", "forwarded", "answered", "reported", "closed"]


def test_a_condition_that_answered_no_is_the_reason(cloud, owner):
    order = email_order(new_email(), conditionEndpoint=condition(cloud, "false"))
    shipment_id = owner.send(order)
    owner.wait_for_feed_entry(shipment_id)
    summary = trace(owner, shipment_id)["summary"]
    assert re.fullmatch(r"Not sent: your condition answered no at 12:0\d\.", summary)
    assert trace(owner, shipment_id)["sendCondition"]["outcome"] == "NotMet"
    assert types(owner, shipment_id) == ["accepted", "conditionAsked", "conditionAnswered", "closed"]


def test_a_reservation_is_the_reason_and_support_finds_it_by_the_person(owner, people):
    nin = people["person_reserved"]["nin"]
    shipment_id = owner.send(order_to(PERSON, nin, "EmailPreferred"))
    owner.wait_for_feed_entry(shipment_id)
    sentence = "Not sent: the person has reserved themselves against digital contact."
    found = trace(owner, shipment_id)
    assert found["summary"] == sentence
    (lookup,) = [event for event in found["events"] if event["type"] == "lookedUp"]
    assert (lookup["register"], lookup["count"], lookup["reserved"]) == ("persons", 1, 1)
    assert nin not in str(found)

    token = personal(owner.cloud.token(org="digdir", scope=SUPPORT))
    headers = {"Authorization": f"Bearer {token}", "NationalIdentityNumber": nin}
    url = f"{owner.cloud.api}{API}/future"
    dashboard = f"{url}/dashboard/recipients/notifications/nin"
    answer = requests.get(dashboard, headers=headers, timeout=CALL_SECONDS).json()
    (shipment,) = [one for one in answer if one["shipmentId"] == shipment_id]
    assert shipment["summary"] == sentence
    told = requests.get(f"{url}/shipment/{shipment_id}/trace", headers=headers, timeout=CALL_SECONDS)
    assert told.json() == found


def test_the_trace_of_another_owner_is_not_found(cloud, owner):
    shipment_id = owner.send(email_order(new_email()))
    assert Owner(cloud).ask("GET", f"/future/shipment/{shipment_id}/trace").status_code == 404


def test_a_retry_after_an_answer_of_429_is_told(cloud, owner):
    cloud.set_clock(datetime.fromisoformat(NOON) - timedelta(days=400))  # the pause holds for no other test
    address = new_email()
    rule = fail_once(cloud, "acs.send", "status", address, status=429, retryAfter=30)
    shipment_id = owner.send(email_order(address))
    wait_until_failed(cloud, rule)
    wait_until(lambda: "throttled" in types(owner, shipment_id), what="the wait")
    waiting = trace(owner, shipment_id)
    told = "Waiting, because the e-mail provider takes no more now; tried again at 12:0"
    assert waiting["summary"].startswith(told)
    assert waiting["next"]["step"] == "sendAgain"
    cloud.set_clock(datetime.fromisoformat(waiting["next"]["at"]) + timedelta(seconds=2))
    owner.wait_for(shipment_id, "Email_Delivered")
    ended = [
        "answered",
        "reported",
        "closed",
    ]  # the acceptance is noted a moment later than it is reported here
    wait_until(lambda: types(owner, shipment_id)[-3:] == ended, what="the end")
