"""The webhook through which the SMS gateway reports: who may post, what is understood and acknowledged."""

from xml.etree import ElementTree as ET

import pytest

from tests.support.scenarios.owner import new_phone, post_reports, report_document, sms_order, wait_until

ACKNOWLEDGED = '<?xml version="1.0"?><MSGLST><MSG><ID>1</ID><STATUS>OK</STATUS></MSG></MSGLST>'

EXTERNAL_ENTITY = (
    '<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]>'
    "<MSGLST><MSG><ID>1</ID><REF>&y;</REF><RCV>1</RCV><STATE>DELIVRD</STATE></MSG></MSGLST>"
)


def sent_without_report(cloud, owner):
    number = new_phone("666010")
    shipment_id = owner.send(sms_order(number))
    owner.wait_for(shipment_id, "SMS_Accepted")
    return shipment_id, number, cloud.outbox(number)["sms"][-1]["reference"]


@pytest.mark.parametrize("credentials", [None, ("somebody", "else"), ("local-reports", "guess")])
def test_strangers_cannot_report(cloud, owner, credentials):
    shipment_id, number, reference = sent_without_report(cloud, owner)
    answer = post_reports(cloud, report_document((reference, number, "DELIVRD")), auth=credentials)
    assert (answer.status_code, answer.content) == (401, b"")
    assert owner.statuses(shipment_id) == ["SMS_Accepted"]


@pytest.mark.parametrize(
    "document",
    [
        "",
        "   ",
        "<MSGLST><MSG>",
        "not xml",
        "<MSGLST></MSGLST>",
        "<MSGLST><MSG><ID>1</ID><RCV>4790000001</RCV><STATE>DELIVRD</STATE></MSG></MSGLST>",
        "<MSGLST><MSG><ID>1</ID><REF>1</REF><RCV>4790000001</RCV></MSG></MSGLST>",
        EXTERNAL_ENTITY,
    ],
)
def test_unreadable_report_is_refused_with_a_reason(cloud, document):
    answer = post_reports(cloud, document)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.text.strip()
    assert "root:" not in answer.text


def test_report_of_another_type_is_refused(cloud):
    document = report_document(("1", "1", "DELIVRD"))
    answer = post_reports(cloud, document, headers={"Content-Type": "application/json"})
    assert answer.status_code == 415


@pytest.mark.parametrize("content_type", ["application/xml", "text/plain", None])
def test_report_is_acknowledged_and_told_to_the_owner(cloud, owner, content_type):
    shipment_id, number, reference = sent_without_report(cloud, owner)
    document = '<!DOCTYPE MSGLST SYSTEM "pswincom_report_request.dtd">' + report_document(
        (reference, number.removeprefix("+"), "DELIVRD"), first_id=7
    ).removeprefix('<?xml version="1.0"?>')
    answer = post_reports(cloud, document, headers={"Content-Type": content_type} if content_type else {})
    assert (answer.status_code, answer.text) == (200, ACKNOWLEDGED)
    assert answer.headers["Content-Type"].startswith("application/xml")
    owner.wait_for(shipment_id, "SMS_Delivered")


def test_every_report_of_a_document_counts(cloud, owner):
    sent = [sent_without_report(cloud, owner) for _ in range(3)]
    states = ["DELIVRD", "UNDELIV", "BARRED"]
    reports = [(ref, number, state) for (_, number, ref), state in zip(sent, states, strict=True)]
    answer = post_reports(cloud, report_document(*reports, first_id=41))
    assert answer.status_code == 200
    acknowledged = ET.fromstring(answer.content)
    assert [(msg.findtext("ID"), msg.findtext("STATUS")) for msg in acknowledged] == [
        ("41", "OK"),
        ("42", "OK"),
        ("43", "OK"),
    ]
    expected = ["SMS_Delivered", "SMS_Failed_Undelivered", "SMS_Failed_BarredReceiver"]
    for (shipment_id, _, _), status in zip(sent, expected, strict=True):
        owner.wait_for(shipment_id, status)


def test_reports_beside_one_that_is_broken_count_though_the_document_is_refused(cloud, owner):
    shipment_id, number, reference = sent_without_report(cloud, owner)
    document = report_document(("NEVERSENT", number, ""), (reference, number, "DELIVRD"))
    assert post_reports(cloud, document).status_code == 400
    owner.wait_for(shipment_id, "SMS_Delivered")


@pytest.mark.parametrize("state", ["BARREDA", "ZEROBAL", "NULL", "SOMETHING NEW", "delivrd"])
def test_state_nobody_knows_counts_as_failed(cloud, owner, state):
    shipment_id, number, reference = sent_without_report(cloud, owner)
    assert post_reports(cloud, report_document((reference, number, state))).text == ACKNOWLEDGED
    owner.wait_for(shipment_id, "SMS_Failed")


def test_report_about_an_unknown_message_is_acknowledged_and_stops_nothing(cloud, owner):
    shipment_id, number, reference = sent_without_report(cloud, owner)
    settled = cloud.queues()["delivery-reports"]["completed"]
    assert post_reports(cloud, report_document(("NEVERSEEN", number, "DELIVRD"))).text == ACKNOWLEDGED
    wait_until(lambda: cloud.queues()["delivery-reports"]["completed"] > settled, what="report taken")
    assert owner.statuses(shipment_id) == ["SMS_Accepted"]
    post_reports(cloud, report_document((reference, number, "DELIVRD")))
    owner.wait_for(shipment_id, "SMS_Delivered")
