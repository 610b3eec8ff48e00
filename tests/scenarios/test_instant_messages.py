"""Messages that are sent while their caller waits: one-time codes and receipts."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.scenarios.owner import (
    Owner,
    emails_to,
    new_email,
    new_idempotency_id,
    new_phone,
    new_text,
    sms_to,
    wait_for_idle_queues,
    wait_until,
)

SMS, EMAIL, DEPRECATED = (
    "/future/orders/instant/sms",
    "/future/orders/instant/email",
    "/future/orders/instant",
)
TWO_DAYS_SECONDS = 2 * 24 * 3600
PAUSE_SECONDS = 5


def sms(to, *, ttl=300, **more):
    settings = {"body": new_text("Koden din er"), **more.pop("settings", {})}
    recipient = {"phoneNumber": to, "timeToLiveInSeconds": ttl, "smsSettings": settings}
    return {"idempotencyId": new_idempotency_id(), "recipientSms": recipient, **more}


def email(to, **more):
    settings = {"subject": new_text("Kvittering"), "body": new_text(), **more.pop("settings", {})}
    recipient = {"emailAddress": to, "emailSettings": settings}
    return {"idempotencyId": new_idempotency_id(), "recipientEmail": recipient, **more}


def nested(order):
    rest = {key: value for key, value in order.items() if key != "recipientSms"}
    return {**rest, "recipient": {"recipientSms": order["recipientSms"]}}


def send(owner, path, order, status=201):
    answer = owner.ask("POST", path, json=order)
    assert answer.status_code == status, (answer.status_code, answer.text)
    return answer


def shipment_of(answer):
    return answer.json()["notification"]["shipmentId"]


def fault(cloud, target, action, to, **more):
    cloud.add_fault({"target": target, "action": action, "match": {"to": to}, "times": 1, **more})


def submissions(cloud):
    return cloud.stats()["requests"].get("sms.submit", 0)


def test_code_has_left_when_the_caller_is_answered(cloud, owner):
    number = new_phone()
    order = sms(number, ttl=600, sendersReference="innlogging 7")
    answer = send(owner, SMS, order)
    (message,) = sms_to(cloud, number)
    assert message["text"] == order["recipientSms"]["smsSettings"]["body"]
    assert (message["from"], message["ttlMinutes"]) == ("Altinn", 10)
    receipt = answer.json()
    chain, shipment_id = receipt["notificationOrderId"], shipment_of(answer)
    assert receipt["notification"] == {"shipmentId": shipment_id, "sendersReference": "innlogging 7"}
    assert answer.headers["Location"] == f"{cloud.api}/notifications/api/v1/orders/chain/{chain}"
    shipment = owner.wait_for(shipment_id, "Order_Completed")
    assert (shipment["type"], shipment["sendersReference"]) == ("Instant", "innlogging 7")
    assert [r["status"] for r in owner.wait_for_feed_entry(shipment_id)["recipients"]] == ["SMS_Delivered"]


def test_code_leaves_at_night(cloud, owner):
    cloud.set_clock("2031-05-05T23:30:00+02:00")
    number = new_phone()
    send(owner, SMS, sms(number, settings={"sender": "Etaten"}))
    assert [message["from"] for message in sms_to(cloud, number)] == ["Etaten"]


def test_email_has_left_when_the_caller_is_answered(cloud, owner):
    address = new_email()
    order = email(address, settings={"subject": "En\r\nto\nBcc: x@example.no", "contentType": "Html"})
    answer = send(owner, EMAIL, order)
    (message,) = emails_to(cloud, address)
    assert message["subject"] == "En to Bcc: x@example.no"
    assert (message["contentType"], message["from"]) == ("Html", "noreply@example.no")
    assert owner.wait_for(shipment_of(answer), "Order_Completed")["type"] == "Instant"
    (recipient,) = owner.wait_for_feed_entry(shipment_of(answer))["recipients"]
    assert recipient["status"] == "Email_Delivered"


def test_older_form_of_the_request_still_sends(cloud, owner):
    number = new_phone()
    order = nested(sms(number))
    first = send(owner, DEPRECATED, order)
    again = send(owner, DEPRECATED, order, 200)
    assert again.json() == first.json()
    assert len(sms_to(cloud, number)) == 1


@pytest.mark.parametrize("ttl", [60, 172800])
def test_shortest_and_longest_lifetime(cloud, owner, ttl):
    number = new_phone()
    send(owner, SMS, sms(number, ttl=ttl))
    assert [message["ttlMinutes"] for message in sms_to(cloud, number)] == [ttl // 60]


@pytest.mark.parametrize("ttl", [59, 172801])
def test_lifetimes_out_of_range_are_refused(cloud, owner, ttl):
    number = new_phone()
    answer = send(owner, SMS, sms(number, ttl=ttl), 400)
    assert list(answer.json()["errors"]) == ["RecipientSms.TimeToLiveInSeconds"]
    assert sms_to(cloud, number) == []


def test_refusal_of_the_older_form_names_its_own_keys(owner):
    answer = send(owner, DEPRECATED, nested(sms("40000001")), 400)
    key = "InstantNotificationRecipient.ShortMessageDeliveryDetails.PhoneNumber"
    assert list(answer.json()["errors"]) == [key]


def test_repeat_gets_the_same_receipt_and_sends_nothing(cloud, owner):
    number = new_phone()
    order = sms(number, sendersReference="sak 1")
    first = send(owner, SMS, order)
    again = send(owner, SMS, order, 200)
    assert again.json() == first.json()
    assert "Location" not in again.headers
    assert len(sms_to(cloud, number)) == 1


def test_id_of_an_sms_used_for_an_email_gets_the_receipt_of_the_sms(cloud, owner):
    order = sms(new_phone())
    first = send(owner, SMS, order)
    address = new_email()
    again = send(owner, EMAIL, email(address) | {"idempotencyId": order["idempotencyId"]}, 200)
    assert again.json() == first.json()
    assert emails_to(cloud, address) == []


def test_concurrent_repeats_send_one_message(cloud, owner):
    number = new_phone()
    fault(cloud, "sms.submit", "delay", number, delaySeconds=0.5)
    order = sms(number)
    with ThreadPoolExecutor(6) as callers:
        answers = list(callers.map(lambda _: owner.ask("POST", SMS, json=order), range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.text for answer in answers}) == 1
    assert len(sms_to(cloud, number)) == 1


@pytest.mark.parametrize(
    ("action", "more"), [("logon-failed", {}), ("status", {"status": 429, "retryAfter": PAUSE_SECONDS})]
)
def test_sms_that_was_not_sent_is_unseen_and_its_id_free(cloud, owner, action, more):
    number, reference = new_phone(), new_text("sak")
    fault(cloud, "sms.submit", action, number, **more)
    order = sms(number, sendersReference=reference)
    answer = send(owner, SMS, order, 503)
    assert answer.json()["code"] == "NOT-00004"
    assert owner.ask("GET", "/orders", params={"sendersReference": reference}).json()["count"] == 0
    assert sms_to(cloud, number) == []

    cloud.advance_clock(PAUSE_SECONDS + 1)
    order["recipientSms"]["smsSettings"]["body"] = text = new_text("En nyere kode")
    shipment_id = shipment_of(send(owner, SMS, order))
    assert [message["text"] for message in sms_to(cloud, number)] == [text]
    owner.wait_for(shipment_id, "SMS_Delivered")
    assert owner.ask("GET", "/orders", params={"sendersReference": reference}).json()["count"] == 1
    assert send(owner, SMS, order, 200).json()["notification"]["shipmentId"] == shipment_id


@pytest.mark.parametrize("more", [{"status": 429, "retryAfter": PAUSE_SECONDS}, {"status": 401}])
def test_email_that_was_not_sent_leaves_its_id_free(cloud, owner, more):
    address = new_email()
    fault(cloud, "acs.send", "status", address, **more)
    order = email(address)
    assert send(owner, EMAIL, order, 503).json()["code"] == "NOT-00004"
    cloud.advance_clock(PAUSE_SECONDS + 1)
    shipment_id = shipment_of(send(owner, EMAIL, order))
    owner.wait_for(shipment_id, "Email_Delivered")
    assert [message["duplicates"] for message in emails_to(cloud, address)] == [0]


def test_what_was_not_sent_never_is_and_is_never_told(cloud, owner):
    number = new_phone()
    fault(cloud, "sms.submit", "logon-failed", number)
    send(owner, SMS, sms(number), 503)
    cloud.advance_clock(TWO_DAYS_SECONDS)
    later = Owner(cloud, owner.org)  # its token is younger than those two days
    last = shipment_of(send(later, SMS, sms(new_phone())))
    later.wait_for_feed_entry(last)
    assert [entry["shipmentId"] for entry in later.feed()] == [last]
    assert sms_to(cloud, number) == []


@pytest.mark.parametrize("more", [{}, {"status": 500}])
def test_sms_whose_answer_was_lost_counts_as_sent_and_is_not_repeated(cloud, owner, more):
    number = new_phone()
    fault(cloud, "sms.submit", "after", number, **more)
    order = sms(number)
    answer = send(owner, SMS, order)
    assert owner.statuses(shipment_of(answer)) == ["SMS_Sending"]
    assert send(owner, SMS, order, 200).json() == answer.json()
    cloud.advance_clock(300 + 5 * 60 + 1)
    (recipient,) = owner.wait_for_feed_entry(shipment_of(answer))["recipients"]
    assert recipient["status"] == "SMS_Failed_TTL"
    wait_for_idle_queues(cloud)
    assert len(sms_to(cloud, number)) == 1


def test_email_whose_answer_was_lost_is_looked_up_and_not_repeated(cloud, owner):
    address = new_email()
    fault(cloud, "acs.send", "after", address)
    answer = send(owner, EMAIL, email(address))
    owner.wait_for(shipment_of(answer), "Email_Delivered")
    assert [message["duplicates"] for message in emails_to(cloud, address)] == [0]


def test_email_that_got_lost_on_its_way_ends_as_failed(cloud, owner):
    address = new_email()
    fault(cloud, "acs.send", "disconnect", address)
    order = email(address)
    answer = send(owner, EMAIL, order)
    assert owner.statuses(shipment_of(answer)) == ["Email_Sending"]
    cloud.advance_clock(6 * 60)
    (recipient,) = owner.wait_for_feed_entry(shipment_of(answer))["recipients"]
    assert recipient["status"] == "Email_Failed"
    assert emails_to(cloud, address) == []


def test_refused_number_is_told_as_a_result_not_as_an_error(owner):
    answer = send(owner, SMS, sms(new_phone("666011")))
    (recipient,) = owner.wait_for_feed_entry(shipment_of(answer))["recipients"]
    assert recipient["status"] == "SMS_Failed_InvalidRecipient"


def test_w32_repeat_of_a_request_whose_process_died_is_not_sent_a_second_time(cloud, owner):
    number = new_phone()
    fault(cloud, "sms.submit", "delay", number, delaySeconds=30.0)
    order, calls = sms(number), submissions(cloud)
    with ThreadPoolExecutor(1) as caller:
        lost = caller.submit(owner.ask, "POST", SMS, json=order)
        wait_until(lambda: submissions(cloud) > calls, what="call in progress")
        cloud.kill(cloud.api_child)
        assert lost.exception() is not None
    cloud.restart(cloud.api_child)
    assert send(owner, SMS, order, 503).json()["code"] == "NOT-00004"  # it may still be on its way
    assert submissions(cloud) == calls + 1
