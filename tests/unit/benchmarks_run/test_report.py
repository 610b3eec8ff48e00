"""The table of a run has the figures of the Flex layout beside the others, and counts its budgets, too."""

import pytest

from benchmarks.report import Figure, as_json, beside, table

CALLS = Figure("Cost", "calls", 3.4, "", at_most=3.5)
RATE = Figure("Cost", "rate", 200.0, "orders/s", at_least=54)
FLOOR = Figure("Floor", "calls", 2.0, "")


def of_flex(calls, rate):
    return [Figure("Cost", "rate", rate, "orders/s"), Figure("Cost", "calls", calls, "", at_most=3.5)]


@pytest.mark.parametrize(("calls", "verdict"), [(3.5, True), (4.5, False)])
def test_what_is_counted_has_its_budget_in_flex_too(calls, verdict):
    first, second, third = beside([CALLS, RATE, FLOOR], of_flex(calls, 9.0))
    assert (first.met, first.flex, first.flex_met) == (True, calls, verdict)
    assert (second.met, second.flex, second.flex_met) == (True, 9.0, None), "rates have no budget in Flex"
    assert (third.flex, third.flex_met) == (None, None), "another group's figure of that name"


def test_both_values_and_verdicts_are_on_one_line():
    lines = table(beside([CALLS, RATE, FLOOR], of_flex(4.5, 88.0))).splitlines()
    (calls,) = [line.split() for line in lines if "3.40" in line]
    assert calls == ["calls", "3.40", "<=", "3.5", "met", "4.50", "NOT", "MET"]
    (rate,) = [line.split() for line in lines if "200" in line]
    assert rate == ["rate", "200", "orders/s", ">=", "54", "met", "88.0"]
    assert lines[0].split() == ["few", "processes", "Flex"]
    assert lines[-1] == "2 of 3 budgets met"


def test_one_layout_alone_has_no_second_column():
    text = table([CALLS, RATE, FLOOR])
    assert "Flex" not in text
    assert text.endswith("2 of 2 budgets met")


def test_document_has_both_verdicts():
    (calls,) = as_json(beside([CALLS], of_flex(4.5, 88.0)))
    assert (calls["value"], calls["met"], calls["flex"], calls["flex_met"]) == (3.4, True, 4.5, False)
