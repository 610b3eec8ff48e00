"""What the compose page says of a preview."""

from devstack.pages.orders.foresight import sentence, told


def preview(**shipment):
    size = {"parts": 3, "partsWithoutForcing": 1, "units": 150, "encoding": "ucs-2", "forcing": []}
    at = "2031-05-05T10:00:00Z"
    whole = {
        "departures": [
            {"channel": "sms", "earliest": at, "latest": at, "held": True, "worthUntil": at},
            {"channel": "email", "held": False, "worthUntil": at},
        ],
        "recipients": [{"recipient": 0, "reach": "Found", "register": "persons"}],
        "counts": {"recipients": 12},
        "texts": [{"channel": "sms", "sender": "Altinn", "body": "Text", "sms": size}],
        "warnings": [{"kind": "ShortenedLink", "text": "A warning."}],
        **shipment,
    }
    return {"accepted": True, "repeat": False, "shipments": [whole]}


def test_parts_times_and_warnings_are_told():
    shown = told(200, preview())
    (shipment,) = shown["shipments"]
    assert shipment["texts"][0]["size"] == "1 → 3 parts, 150 characters in UCS-2."
    assert shipment["departures"][0]["leaves"] == "Mon 05 May 2031, 12:00:00, held until the window opens"
    assert shipment["departures"][1]["leaves"] == "never"
    assert (shipment["people"], shipment["more"]) == (["a register has a contact"], 2)
    assert sentence(shown) == ("Placing would be accepted. 1 → 3 parts, 150 characters in UCS-2. 1 warning.")


def test_messages_are_told_with_their_reason_and_prices_for_each_channel():
    message = {"channel": "email", "address": "ka***@example.no", "reason": "Preferred"}
    person = {"recipient": 0, "reach": "Given", "reserved": False, "messages": [message]}
    twice = {"recipient": 1, "reach": "Given", "messages": [], "duplicates": ["email"]}
    price = {"currency": "NOK", "total": "0.02", "email": "0.02"}
    (shipment,) = told(200, preview(recipients=[person, twice], price=price))["shipments"]
    assert shipment["people"] == [
        "e-mail to ka***@example.no, the preferred channel",
        "the same address as another",
    ]
    assert shipment["price"] == "0.02 NOK (e-mail 0.02 each)"


def test_refusals_are_told():
    refused = told(400, {"errors": {"Recipient": ["Wrong.", "Worse."], "": ["All of it."]}})
    assert refused["problems"] == ["Recipient: Wrong.", "Recipient: Worse.", "All of it."]
    assert sentence(refused) == "Placing would be refused. Recipient: Wrong."
    assert told(429, None)["verdict"].startswith("Too many")
    assert told(503, "away")["verdict"] == "There is no preview: HTTP 503."
    assert not told(200, preview() | {"accepted": False})["good"]
    assert "nothing new" in told(200, preview() | {"repeat": True})["verdict"]
