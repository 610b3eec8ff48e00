"""How recipients are parted into pages."""

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.orders.order import Recipient
from shared.services.placing.paging import PAGE_FIELD_CHARACTERS, field_characters, parted


def with_field(length):
    return Recipient(mobile_number="+4790000001", fields={"a": "x" * (length - 1)} if length else None)


def test_recipients_without_fields_are_parted_by_number():
    assert [len(part) for part in parted([with_field(0)] * 250, 100)] == [100, 100, 50]
    assert [len(part) for part in parted([with_field(0)] * 100, 100)] == [100]
    assert list(parted([], 100)) == []


def test_long_fields_take_more_pages():
    assert [len(part) for part in parted([with_field(30_000)] * 5, 100)] == [2, 2, 1]


def test_fields_count_with_their_names():
    assert field_characters(Recipient(fields={"name": "Kari", "b": ""})) == 9
    assert field_characters(Recipient()) == 0


@given(
    st.lists(st.integers(0, PAGE_FIELD_CHARACTERS), max_size=30).map(lambda some: list(map(with_field, some)))
)
def test_every_recipient_is_on_one_page_that_is_not_too_large(recipients):
    parts = list(parted(recipients, 7))
    assert [to for part in parts for to in part] == recipients
    assert all(0 < len(part) <= 7 for part in parts)
    assert all(sum(map(field_characters, part)) <= PAGE_FIELD_CHARACTERS for part in parts)
