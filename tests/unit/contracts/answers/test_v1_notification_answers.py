from datetime import UTC, datetime, timedelta

from shared.contracts.answers import status_descriptions
from shared.contracts.answers.v1_notification_answers import notification_entry, notification_list
from shared.domain.orders.hold import Hold
from shared.domain.orders.notification import EmailResult, Notification, SmsResult
from shared.domain.orders.order import Channel, Recipient

SEND_AT = datetime(2031, 3, 4, 8, 15, tzinfo=UTC)


def sms(address, result):
    return Notification(1, 0, Channel.SMS, address, result, SEND_AT)


def test_notifications_of_an_order():
    person = Recipient(national_identity_number="07885799912")
    notifications = [
        notification_entry("n-1", sms("+4790000001", SmsResult.DELIVERED), Recipient()),
        notification_entry("n-2", sms("", SmsResult.FAILED_TTL), person),
    ]
    assert notification_list("o-1", None, notifications) == {
        "orderId": "o-1",
        "generated": 2,
        "succeeded": 1,
        "notifications": [
            {
                "id": "n-1",
                "succeeded": True,
                "recipient": {"mobileNumber": "+4790000001"},
                "sendStatus": {
                    "status": "Delivered",
                    "description": status_descriptions.of_result(SmsResult.DELIVERED),
                    "lastUpdate": "2031-03-04T08:15:00Z",
                },
            },
            {
                "id": "n-2",
                "succeeded": False,
                "recipient": {"mobileNumber": "", "nationalIdentityNumber": "07885799912"},
                "sendStatus": {
                    "status": "Failed",
                    "description": status_descriptions.of_result(SmsResult.FAILED_TTL),
                    "lastUpdate": "2031-03-04T08:15:00Z",
                },
            },
        ],
    }


def test_sms_that_is_held_says_how_long():
    held = Hold(SEND_AT, SEND_AT + timedelta(hours=1))
    entry = notification_entry("n-1", sms("+4790000001", SmsResult.NEW), Recipient(), held)
    assert entry["sendStatus"]["heldSince"] == "2031-03-04T08:15:00Z"
    assert entry["sendStatus"]["heldUntil"] == "2031-03-04T09:15:00Z"


def test_no_notifications():
    assert notification_list("o-1", "ref", []) == {
        "orderId": "o-1",
        "sendersReference": "ref",
        "generated": 0,
        "succeeded": 0,
        "notifications": [],
    }


def test_an_email_has_an_email_address():
    email = Notification(1, 0, Channel.EMAIL, "post@example.no", EmailResult.SUCCEEDED, SEND_AT)
    entry = notification_entry("n-1", email, Recipient(organization_number="310128435"))
    assert entry["recipient"] == {"emailAddress": "post@example.no", "organizationNumber": "310128435"}
    assert (entry["succeeded"], entry["sendStatus"]["status"]) == (True, "Succeeded")
