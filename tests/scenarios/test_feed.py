"""The feed, page by page."""

import pytest

from tests.support.scenarios.owner import Owner, email_order, new_email

COUNT = 7


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
