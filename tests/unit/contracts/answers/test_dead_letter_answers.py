from datetime import UTC, datetime

from shared.contracts.answers.dead_letter_answers import dead_letter, dead_letter_page
from shared.domain.orders.dead_letter import Cause, DeadLetter

AT = datetime(2031, 5, 2, 7, 3, tzinfo=UTC)
UNKNOWN = DeadLetter("orders", "12-ab", Cause.UNREADABLE, "no JSON", "", AT, 17)
REPLAYED = DeadLetter("orders", "13-ab", Cause.PASSING, "busy", "s-1", AT, 17, 1, AT, "digdir")


def test_a_message_without_what_it_may_lack():
    assert dead_letter(UNKNOWN) == {
        "queue": "orders",
        "id": "12-ab",
        "cause": "unreadable",
        "reason": "no JSON",
        "recordedAt": "2031-05-02T07:03:00Z",
        "sizeBytes": 17,
        "replays": 0,
    }


def test_a_replayed_message():
    built = dead_letter(REPLAYED)
    assert built["shipmentId"] == "s-1"
    assert (built["replays"], built["replayedAt"], built["replayedBy"]) == (
        1,
        "2031-05-02T07:03:00Z",
        "digdir",
    )


def test_only_a_full_page_has_a_token():
    assert dead_letter_page([UNKNOWN, REPLAYED], 2)["continuationToken"] == "13-ab"
    assert "continuationToken" not in dead_letter_page([UNKNOWN], 2)
