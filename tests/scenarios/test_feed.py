"""The feed, page by page, from its beginning and from its end."""

from datetime import timedelta

import pytest

from tests.support.scenarios.owner import (
    Owner,
    due,
    email_order,
    new_email,
    wait_until,
)
from tests.support.scenarios.starting import TOLD_OF_HUNDREDS

COUNT = 7
LONGEST_PAGE = 500
FULL_CHAINS, FULL_CHAIN = 10, 51  # with the most reminders a chain may have
MORE_THAN_A_PAGE = FULL_CHAINS * FULL_CHAIN
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def reader(shared_cloud):
    """An owner whose feed holds seven entries."""
    owner = Owner(shared_cloud)
    for _ in range(COUNT):
        owner.send(email_order(new_email()))
    owner.wait_for_feed(COUNT)
    return owner


def numbers(entries):
    return [entry["sequenceNumber"] for entry in entries]


@pytest.mark.usefixtures("cloud")
class TestFeed:
    def test_reads_from_the_beginning_without_gaps(self, reader):
        assert numbers(reader.feed()) == list(range(1, COUNT + 1))

    def test_is_read_page_by_page_to_its_end(self, reader):
        seen, cursor = [], 0
        while page := reader.feed(seq=cursor, pageSize=3):
            seen += page
            cursor = page[-1]["sequenceNumber"]
        assert numbers(seen) == list(range(1, COUNT + 1))
        assert len({entry["shipmentId"] for entry in seen}) == COUNT

    def test_end_is_an_empty_list(self, reader):
        assert reader.feed(seq=COUNT) == []
        assert reader.feed(seq=2**63 - 1) == []

    @pytest.mark.parametrize(
        ("query", "key"),
        [
            ({"seq": "-1"}, "Seq"),
            ({"seq": "x"}, "Seq"),
            ({"seq": str(2**63)}, "Seq"),
            ({"pageSize": "many"}, "PageSize"),
            ({"orderBy": "sideways"}, "OrderBy"),
        ],
    )
    def test_unreadable_question_is_refused(self, reader, query, key):
        answer = reader.ask("GET", "/future/shipment/feed", params=query)
        assert answer.status_code == 400
        assert list(answer.json()["errors"]) == [key]
        if query == {"seq": "-1"}:
            assert answer.json()["errors"][key] == [
                "The field Seq must be between 0 and 9.223372036854776E+18."
            ]

    def test_question_with_a_body_of_another_type_is_refused(self, reader):
        answer = reader.ask("GET", "/future/shipment/feed", headers={"Content-Type": "text/plain"})
        assert answer.status_code == 415
        json = reader.ask("GET", "/future/shipment/feed", headers={"Content-Type": "application/json"})
        assert json.status_code == 200

    def test_nobody_reads_what_is_not_theirs(self, shared_cloud, reader):
        assert Owner(shared_cloud).feed() == []
        assert Owner(shared_cloud, reader.org.upper()).feed() == []


@pytest.fixture(scope="module")
def long_feed(shared_cloud):
    """An owner whose feed is longer than the longest page: what fills a feed soonest is cancelling chains."""
    owner = Owner(shared_cloud, TOLD_OF_HUNDREDS)
    reminder = {"delayDays": 1, "recipient": email_order(new_email())["recipient"]}
    later = due(shared_cloud.now() + HOUR)
    for _ in range(FULL_CHAINS):
        receipt = owner.place(email_order(new_email(), reminders=[reminder] * (FULL_CHAIN - 1), **later))
        path = f"/future/orders/{receipt['notificationOrderId']}/cancel"
        assert owner.ask("PUT", path).status_code == 200
    wait_until(lambda: owner.feed(seq=MORE_THAN_A_PAGE - 1), what="long feed")
    return owner


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize(
    ("query", "length"),
    [
        ({"pageSize": "0"}, 1),
        ({"pageSize": "-5"}, 1),
        ({"pageSize": "2"}, 2),
        ({"pageSize": "10000"}, LONGEST_PAGE),
        ({}, LONGEST_PAGE),
    ],
)
def test_page_size_is_made_to_fit(long_feed, query, length):
    assert numbers(long_feed.feed(**query)) == list(range(1, length + 1))


@pytest.mark.usefixtures("cloud")
def test_feed_is_read_from_the_newest(long_feed):
    newest_first = list(range(MORE_THAN_A_PAGE, 0, -1))
    assert numbers(long_feed.feed(orderBy="Desc", seq=0)) == newest_first[:LONGEST_PAGE]
    assert numbers(long_feed.feed(orderBy="Desc")) == newest_first[:LONGEST_PAGE]
    assert numbers(long_feed.feed(orderBy="desc", pageSize=1)) == newest_first[:1]
    assert numbers(long_feed.feed(orderBy="DESC", seq=4, pageSize=2)) == [3, 2]
    assert numbers(long_feed.feed(orderBy="desc", seq=1)) == []
