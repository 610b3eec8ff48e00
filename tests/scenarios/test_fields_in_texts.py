"""Fields of recipients in e-mails, SMS and reminders: everybody reads their own values, exactly as given."""

from datetime import timedelta

from tests.support.scenarios.composing import composed_order, send_composed
from tests.support.scenarios.owner import (
    email_order,
    emails_to,
    move_with_canary,
    new_email,
    new_phone,
    new_text,
    personal,
    sms_order,
    sms_to,
)


def with_fields(order, **fields):
    (recipient,) = order["recipient"].values()
    recipient["fields"] = fields
    return order


def test_html_sms_and_reminder_have_the_values_of_their_recipient(cloud, owner):
    address, number = new_email(), new_phone()
    value = personal(new_text("<b>Vann & Vei</b>"))
    html = {"subject": "Til {{who}}", "body": "<p>Til {{WHO}}: {{link}}</p>", "contentType": "Html"}
    later = with_fields(
        sms_order(number, settings={"body": "{{who}}: siste frist {{day}}"}), who="Ola", day="1/6"
    )
    order = email_order(address, settings=html, reminders=[{"delayDays": 1, "recipient": later["recipient"]}])
    receipt = owner.place(with_fields(order, who=f"{value}\n$recipientName$", link="{{who}}"))
    email = cloud.wait_for_email(address)
    assert email["subject"] == f"Til {value} $recipientName$"
    escaped = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert email["body"] == f"<p>Til {escaped}\n$recipientName$: {{{{who}}}}</p>"
    move_with_canary(cloud, owner, cloud.now() + timedelta(days=1))
    assert cloud.wait_for_sms(number)["text"] == "Ola: siste frist 1/6"
    assert len(emails_to(cloud, address)) == len(sms_to(cloud, number)) == 1
    reminder = owner.wait_for_feed_entry(receipt["notification"]["reminders"][0]["shipmentId"])
    assert reminder["status"] == "Order_Completed"


def test_one_order_for_several_has_a_message_for_each_with_its_own_values(cloud, owner):
    first, second = new_phone(), new_phone()
    hours = [(first, "10:15"), (second, "10:30"), (first, "11:00"), (first, "10:15")]
    body = {
        "body": "Time {{hour}}, {{ref}}",
        "recipients": [{"mobileNumber": to, "fields": {"hour": at, "ref": "x"}} for to, at in hours],
    }
    answer = owner.ask("POST", "/orders/sms", json=body)
    assert answer.status_code == 202, answer.text
    entry = owner.wait_for_feed_entry(answer.json()["orderId"])
    assert [recipient["destination"] for recipient in entry["recipients"]] == [first, second, first]
    texts = sorted(sms["text"] for sms in sms_to(cloud, first))
    assert texts == ["Time 10:15, x", "Time 11:00, x"]
    assert [sms["text"] for sms in sms_to(cloud, second)] == ["Time 10:30, x"]


def test_an_order_of_several_pages_has_fields(cloud, owner):
    numbers = [new_phone() for _ in range(130)]
    recipients = [
        {"mobileNumber": to, "fields": {"n": f"nr. {n} " + "æ" * 500}} for n, to in enumerate(numbers)
    ]
    answer = owner.ask("POST", "/orders/sms", json={"body": "{{n}}", "recipients": recipients})
    assert answer.status_code == 202, answer.text
    owner.wait_for_feed_entry(answer.json()["orderId"])
    for place in (0, 99, 100, 129):
        (sms,) = sms_to(cloud, numbers[place])
        assert sms["text"].startswith(f"nr. {place} æ")


def test_an_email_with_files_has_fields(cloud, sender):
    address = new_email()
    order = composed_order(address)
    order["recipient"] |= {"fields": {"case": "<17>"}}
    order["recipient"]["emailSettings"] |= {"subject": "Sak {{case}}", "body": "$recipientName$ {{case}}"}
    send_composed(sender, order)
    email = cloud.wait_for_email(address)
    assert (email["subject"], email["body"]) == ("Sak <17>", "$recipientName$ &lt;17&gt;")


def test_without_fields_braces_arrive_as_they_are(cloud, owner):
    number = new_phone()
    owner.send(sms_order(number, settings={"body": "{{who}} {{ {"}))
    assert cloud.wait_for_sms(number)["text"] == "{{who}} {{ {"
