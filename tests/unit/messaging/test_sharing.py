"""Which work items share a message, and what that message is."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import orjson
import pytest

from shared.domain.orders.ids import IdMaker
from shared.domain.orders.trace import Tracing
from shared.messaging.sharing import MAX_BYTES, MAX_ITEMS, as_one, shared_messages
from shared.ports.queues import QueuedMessage
from shared.records.shared_messages import items_in

ALL = Tracing(1000)
LATER = datetime(2031, 3, 3, tzinfo=UTC)


def item(number, size=0, **options):
    body = orjson.dumps({"n": number, "text": "x" * size})
    return QueuedMessage("sms-send", f"m{number}", body, **{"may_share": True, **options})


def test_nothing_is_nothing():
    assert shared_messages([]) == []


@pytest.mark.parametrize("count", [1, 2, MAX_ITEMS, MAX_ITEMS + 1, 5 * MAX_ITEMS - 1])
def test_items_fill_one_message_after_the_other_in_their_order(count):
    groups = shared_messages([item(n) for n in range(count)])
    assert [index for group in groups for index in group] == list(range(count))
    assert [len(group) for group in groups[:-1]] == [MAX_ITEMS] * (len(groups) - 1)
    assert 1 <= len(groups[-1]) <= MAX_ITEMS


@pytest.mark.parametrize("size", [1_000, 48_000, MAX_BYTES // 2, MAX_BYTES, 2 * MAX_BYTES])
def test_a_shared_message_stays_within_its_bytes(size):
    messages = [item(n, size) for n in range(40)]
    groups = shared_messages(messages)
    assert [index for group in groups for index in group] == list(range(40))
    for group in groups:
        one = as_one([messages[index] for index in group], ALL)
        assert len(one.body) <= MAX_BYTES + 2 or len(group) == 1


def test_what_may_not_share_or_waits_for_its_time_is_a_message_of_its_own():
    messages = [item(0), item(1, may_share=False), item(2, scheduled_at=LATER), item(3), item(4)]
    assert sorted(shared_messages(messages)) == [[0, 3, 4], [1], [2]]


def test_one_item_alone_is_the_message_that_it_was():
    assert as_one([item(7)], ALL) == item(7)


def test_shared_message_has_each_item_as_it_would_be_alone():
    messages = [item(n) for n in range(5)]
    one = as_one(messages, ALL)
    assert items_in(one.body) == [message.body for message in messages]
    assert (one.queue, one.scheduled_at) == ("sms-send", None)


def test_the_same_items_have_the_same_id_and_others_have_another():
    ids = {
        as_one([item(n) for n in numbers], ALL).message_id for numbers in [(1, 2), (1, 2), (2, 1), (1, 2, 3)]
    }
    assert len(ids) == 3


def test_one_item_has_the_trace_of_its_order_and_several_have_one_of_their_own():
    made = IdMaker(b"0" * 32)
    shipments = [made.random_chain().of_shipment(1) for _ in range(2)]
    alone, other = ([replace(item(n), body=orjson.dumps({"id": str(shipments[n])}))] for n in range(2))
    trace = str(shipments[0].chain).replace("-", "")
    parent = str(shipments[0]).replace("-", "")[16:]
    assert as_one(alone, ALL).traceparent == f"00-{trace}-{parent}-01"
    assert as_one(alone, Tracing(0)).traceparent == f"00-{trace}-{parent}-00"
    shared = as_one([*alone, *other], ALL).traceparent
    assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-01", shared)
    assert trace not in shared
    assert as_one([*alone, *other], ALL).traceparent == shared, "a repeat has the same"
