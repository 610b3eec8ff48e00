"""The time axis of an order is in the order in which things happened."""

from devstack.pages.orders.axis import of_message, of_trace, sorted_axis

SECOND = "2031-05-05T10:00:01Z"
TRACE = {
    "events": [
        {"type": "accepted", "at": "2031-05-05T10:00:00Z", "text": "accepted"},
        {"type": "answered", "at": SECOND, "text": "answered"},
        {"type": "closed", "at": SECOND, "text": "ended"},
    ],
    "next": {"at": "2031-05-05T10:00:00Z", "text": "coming"},
}
MESSAGE = {
    "operationId": "1",
    "to": "kari@example.no",
    "at": "2031-05-05T10:00:01.250000+00:00",
    "reports": [{"status": "Delivered", "at": "2031-05-05T10:00:01.500000+00:00"}],
}


def test_the_end_of_a_shipment_follows_what_the_provider_did_in_the_same_second():
    axis = sorted_axis([*of_trace(TRACE, ""), *of_message(MESSAGE)])
    assert [point["text"] for point in axis] == [
        "accepted",
        "answered",
        "The provider took the e-mail to kari@example.no",
        "The provider reported Delivered",
        "ended",
        "coming",
    ]
