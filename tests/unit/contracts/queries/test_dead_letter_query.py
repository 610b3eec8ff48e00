import pytest

from shared.contracts.queries.dead_letter_query import DeadLetterQuery, read_dead_letter_query
from shared.runtime.errors import RequestInvalidError

QUEUES = ("orders", "sms-send")


def test_all_queues_from_the_start_by_default():
    assert read_dead_letter_query({}, QUEUES) == DeadLetterQuery(None, 50, "")


@pytest.mark.parametrize(("size", "expected"), [("0", 1), ("7", 7), ("999", 200)])
def test_a_page_size_is_clamped(size, expected):
    query = {"queue": "SMS-send", "pagesize": size, "continuationtoken": "12-ab"}
    assert read_dead_letter_query(query, QUEUES) == DeadLetterQuery("sms-send", expected, "12-ab")


def test_everything_wrong_is_reported_at_once():
    query = {"queue": "Nonsense", "pagesize": "many", "continuationtoken": "../x"}
    with pytest.raises(RequestInvalidError) as caught:
        read_dead_letter_query(query, QUEUES)
    assert caught.value.errors == {
        "queue": ["The value 'Nonsense' is not valid."],
        "pageSize": ["The value 'many' is not valid."],
        "continuationToken": ["The value '../x' is not valid."],
    }
