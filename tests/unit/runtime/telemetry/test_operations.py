"""A log line names the work that it belongs to, also where many are worked on side by side."""

import asyncio
import io
import logging

import pytest

from shared.runtime.logs import ExtraFormatter, RedactionFilter
from shared.runtime.telemetry.operations import (
    Operation,
    current_operation,
    go_on_with,
    new_operation,
    of_request,
    traced,
    working_on,
)

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SHIPMENT = "0f9a7c1e-33aa-4b6c-9d2e-5f0a1b010000"


@pytest.fixture
def log():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(RedactionFilter())
    handler.setFormatter(ExtraFormatter())
    logger = logging.getLogger("operations-test")
    logger.addHandler(handler)
    yield logger, stream
    logger.removeHandler(handler)


def test_every_line_of_a_piece_of_work_has_both_fields(log):
    logger, stream = log
    logger.warning("before")
    with working_on(Operation(TRACE, SHIPMENT)):
        logger.warning("during", extra={"count": 1})
        with working_on(Operation(TRACE)):
            logger.warning("about no shipment")
    logger.warning("after")
    assert stream.getvalue().splitlines() == [
        "before",
        f'during {{"count": 1, "operation_id": "{TRACE}", "shipment_id": "{SHIPMENT}"}}',
        f'about no shipment {{"operation_id": "{TRACE}", "shipment_id": ""}}',
        "after",
    ]


def test_the_fields_are_masked_as_all_others(log):
    logger, stream = log
    with working_on(Operation("kari.nordmann@example.no", "01017012345", "+4790000017")):
        logger.warning("x")
    for hidden in ("kari.nordmann", "01017012345", "90000017"):
        assert hidden not in stream.getvalue()


async def test_work_side_by_side_keeps_its_own():
    seen = {}

    async def work(number):
        go_on_with(f"{number:032x}", "")
        await asyncio.sleep(0)
        seen[number] = current_operation().operation_id

    await asyncio.gather(*map(work, range(5)))
    assert seen == {number: f"{number:032x}" for number in range(5)}
    assert current_operation() == Operation()


def test_a_request_goes_on_with_the_trace_of_its_caller_and_names_it_beside_the_order():
    with working_on(of_request(f"00-{TRACE}-00f067aa0ba902b7-01")):
        assert current_operation().facts == {"operation_id": TRACE, "shipment_id": ""}
        go_on_with("a" * 32, SHIPMENT)
        assert current_operation().facts == {
            "operation_id": "a" * 32,
            "shipment_id": SHIPMENT,
            "caller_operation_id": TRACE,
        }


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "01017012345",
        f"00-{TRACE}-00f067aa0ba902b7",
        f"01-{TRACE}-00f067aa0ba902b7-01",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-00f067aa0ba902b7-01",
    ],
)
def test_another_header_is_none(header):
    assert traced(header) is None
    fresh = of_request(header)
    assert len(fresh.operation_id) == 32
    assert not fresh.caller
    assert fresh != new_operation()
