"""Whatever names a part of an order leads to the same trace, and a fixed part of all orders is sampled."""

import re

import pytest

from shared.domain.orders.ids import IdMaker, known_id
from shared.domain.orders.trace import Tracing, operation_id, shared_operation_id

CHAIN = IdMaker(b"0" * 32).random_chain()
SHIPMENT, REMINDER = CHAIN.of_shipment(1), CHAIN.of_shipment(2)
PARTS = [CHAIN, SHIPMENT, REMINDER, SHIPMENT.of_page(7), SHIPMENT.of_page(7).of_notification(3)]
W3C = re.compile("00-[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[01]")


@pytest.mark.parametrize("part", PARTS, ids=["chain", "shipment", "reminder", "page", "notification"])
def test_every_part_of_an_order_has_its_trace(part):
    assert operation_id(part) == operation_id(CHAIN) == str(CHAIN).replace("-", "")
    assert operation_id(known_id(str(part))) == operation_id(part), "also read from a message or a report"
    assert W3C.fullmatch(Tracing(10).traceparent([part]))


def test_parents_tell_the_parts_apart():
    parents = {Tracing(0).traceparent([part]).split("-")[2] for part in PARTS}
    assert len(parents) == len(PARTS)


def test_several_orders_have_a_trace_of_their_own_that_a_repeat_has_too():
    other = IdMaker(b"0" * 32).random_chain().of_shipment(1)
    shared = Tracing(1000).traceparent([SHIPMENT, other])
    assert W3C.fullmatch(shared)
    assert shared.split("-")[1] == shared_operation_id([SHIPMENT, other])
    assert shared.split("-")[1] not in {operation_id(SHIPMENT), operation_id(other)}
    assert shared != Tracing(1000).traceparent([other, SHIPMENT])


@pytest.mark.parametrize(("per_mille", "least", "most"), [(0, 0, 0), (100, 150, 260), (1000, 2000, 2000)])
def test_so_many_of_a_thousand_are_sampled(per_mille, least, most):
    ids = IdMaker(b"0" * 32)
    tracing = Tracing(per_mille)
    sampled = sum(tracing.samples(operation_id(ids.random_chain())) for _ in range(2000))
    assert least <= sampled <= most
