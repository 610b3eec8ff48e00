"""The orders that are placed: one recipient each, told apart by a number that leads back from its message."""

import json

PATH = "/notifications/api/v1/future/orders"

_FIRST_NUMBER = 40_000_000  # Norwegian mobile numbers begin with 4; the last digits stay clear of 666…
_BODY = "Your application has been received and is being processed. You find it in your inbox."


def email_address(number: int) -> str:
    """Return the address of the order with this number."""
    return f"somebody{number}@example.no"


def phone_number(number: int) -> str:
    """Return the phone number of the order with this number, below one hundred thousand."""
    if not 0 <= number < 100_000:
        raise ValueError("order numbers are below one hundred thousand")
    return f"+47{_FIRST_NUMBER + number}"


def address(channel: str, number: int) -> str:
    """Return where the order with this number goes."""
    return email_address(number) if channel == "email" else phone_number(number)


def order_body(
    channel: str, number: int, *, run: str, daytime: bool = False, referenced: bool = False
) -> bytes:
    """Return the JSON of an order; `run` makes its ids unlike those of other runs."""
    policy = "Daytime" if daytime else "Anytime"
    if channel == "email":
        settings = {
            "subject": f"Message {number}",
            "body": _BODY,
            "contentType": "Plain",
            "sendingTimePolicy": "Anytime",
        }
        recipient = {"recipientEmail": {"emailAddress": email_address(number), "emailSettings": settings}}
    else:
        texts = {"body": _BODY, "sendingTimePolicy": policy}
        recipient = {"recipientSms": {"phoneNumber": phone_number(number), "smsSettings": texts}}
    order = {"idempotencyId": f"{run}-{channel}-{number}", "recipient": recipient}
    if referenced:
        order["sendersReference"] = f"{run}/{channel}/{number}"
    return json.dumps(order).encode()
