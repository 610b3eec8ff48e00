"""Nothing of what people write, and nothing that identifies them, can be read in the logs of any process."""

from concurrent.futures import ThreadPoolExecutor

from tests.support.scenarios.owner import (
    email_order,
    fail_once,
    new_email,
    new_idempotency_id,
    new_phone,
    new_text,
    personal,
    personal_in,
    post_reports,
    report_document,
    sms_order,
    wait_until,
    wait_until_failed,
)

NATIONAL_ID = "01017012345"


def test_logs_tell_what_happened_but_not_to_whom(cloud, owner):
    reference = personal(f"{NATIONAL_ID}-{new_text('sak')}")
    refused, unlucky = new_email("invalidformat"), new_phone()
    rule = fail_once(cloud, "sms.submit", "refuse", unlucky, detail=f"Invalid RCV {unlucky}")
    ids = [
        owner.send(email_order(new_email(), sendersReference=reference, idempotencyId=personal(NATIONAL_ID))),
        owner.send(email_order(refused)),
        owner.send(email_order(new_email("suppressed"))),
        owner.send(sms_order(unlucky)),
        owner.send(sms_order(new_phone("666011"))),
    ]
    wait_until_failed(cloud, rule)
    for shipment_id in ids:
        owner.wait_for_feed_entry(shipment_id)

    broken = '{"recipient": {"recipientSms": {"phoneNumber": "' + new_phone() + '", "body": "' + new_text()
    headers = {"Content-Type": "application/json"}
    assert owner.ask("POST", "/future/orders", data=broken.encode(), headers=headers).status_code == 400
    wrong = sms_order(new_phone()) | {"requestedSendTime": new_text(), "idempotencyId": new_idempotency_id()}
    assert owner.request_order(wrong).status_code == 400
    assert owner.request_order(sms_order(personal("+4750000004"))).status_code == 400
    assert owner.request_order(email_order(personal("ola.nordmann@localhost"))).status_code == 400
    for flaw in ("expired", "foreign-key", "alg-none"):
        token = personal(cloud.token(flaw=flaw))
        answer = owner.ask("GET", "/future/shipment/feed", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401
    post_reports(cloud, report_document(("UNKNOWN", new_phone(), new_text())))
    post_reports(cloud, f"<MSGLST>{new_phone()}")
    post_reports(cloud, "", auth=("local-reports", personal("et-galt-passord")))

    log = cloud.log_text()
    assert all(f'"shipment_id": "{shipment_id}"' in log for shipment_id in ids), "the fields are there"
    assert personal_in(log) == []


def test_logs_stay_clean_when_storage_or_queues_misbehave(cloud, owner):
    addresses = [new_email() for _ in range(8)]
    cloud.kill("servicebus")
    with ThreadPoolExecutor(8) as threads:
        ids = list(threads.map(lambda address: owner.send(email_order(address)), addresses))
    cloud.advance_clock(125)  # to the first visit of the orders, whose wakes cannot be sent either
    wait_until(lambda: "is left for the next pass" in cloud.log_text(), what="a failed send")
    cloud.restart("servicebus")
    for shipment_id in ids:
        owner.wait_for(shipment_id, "Email_Delivered", within=60)
    assert personal_in(cloud.log_text()) == []
