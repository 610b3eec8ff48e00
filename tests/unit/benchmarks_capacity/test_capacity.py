"""The capacity model: its arithmetic, its counts, and that `docs/capacity.md` is what it computes."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.capacity.__main__ import PAGE, TEMPLATE
from benchmarks.capacity.counts import from_results, read_counts
from benchmarks.capacity.figures import figures, lines
from benchmarks.capacity.model import (
    CHANNELS,
    OrderCosts,
    Size,
    busy_dollars,
    ceilings,
    need,
    order_costs,
    sparse_dollars,
)
from benchmarks.capacity.page import page, presets

SMALL = Size("small", 512, 10, "Standard")
NATIONAL = Size("national", 2048, 200, "Premium")
COSTS = OrderCosts(
    calls=4, calls_alone=7, messages=2, messages_alone=3, intake_ms=5, life_ms=15, requests=1, events=1
)
RATES = st.floats(min_value=0.1, max_value=10_000)


def test_the_page_is_what_the_model_computes():
    assert PAGE.read_text(encoding="utf-8") == page(read_counts(), presets(TEMPLATE)), (
        "run `python -m benchmarks.capacity`"
    )


def test_the_presets_are_those_of_the_template():
    assert [(each.name, each.memory, each.tier) for each in presets(TEMPLATE)] == [
        ("small", 512, "Standard"),
        ("standard", 2048, "Standard"),
        ("national", 2048, "Premium"),
    ]


def test_a_template_of_another_form_has_no_presets(tmp_path: Path):
    (tmp_path / "main.bicep").write_text("var presets = {}\n", encoding="utf-8")
    assert presets(tmp_path / "main.bicep") == []


def test_each_part_carries_what_its_limit_allows():
    carried = {found.part: round(found.rate, 3) for found in ceilings(COSTS, SMALL, 0.05)}
    assert carried == {
        "e-mails at the provider, at first 100 an hour": 0.028,
        "instances of the app": 100.0,  # 10 instances of 0.25 cores, 60 % of them, 15 ms
        "Service Bus Standard": 250.0,  # 1,000 credits / 2 / 2 messages
        "requests to tables": 5000.0,
        "Event Grid": 5000.0,
        "cores of the subscription": 10_000.0,
        "the feed of one owner": 40_000.0,
    }
    rates = [found.rate for found in ceilings(COSTS, SMALL, 0.05)]
    assert rates == sorted(rates)


def test_premium_has_units_instead_of_credits():
    parts = {found.part: found.rate for found in ceilings(COSTS, NATIONAL, 0.05)}
    assert parts["one unit of Service Bus Premium"] == 500
    assert "Service Bus Standard" not in parts


def test_sms_has_no_ceiling_of_the_email_provider():
    sms = replace(COSTS, events=0, requests=2)
    assert not [
        found for found in ceilings(sms, SMALL, 0.05) if "e-mail" in found.part or "Grid" in found.part
    ]


@given(RATES)
def test_what_a_rate_needs_carries_that_rate(rate):
    needed = need(COSTS, rate)
    assert needed.units * 1000 >= rate * COSTS.messages
    assert needed.accounts * 20_000 >= needed.table_requests
    assert needed.instances * 0.6 >= needed.cores * 0.999999
    assert min(needed.units, needed.accounts, needed.instances) >= 1


def test_sparse_orders_pay_a_second_of_an_instance_for_every_execution():
    dollars = sparse_dollars(COSTS, 2048)
    assert dollars["instances"] == pytest.approx(4 * 2 * 26 + 4 * 0.40)
    assert sparse_dollars(COSTS, 512)["instances"] == pytest.approx(4 * 0.5 * 26 + 4 * 0.40)


def test_busy_orders_cost_the_same_on_every_size_of_instance():
    assert busy_dollars(COSTS, 512)["instances"] == pytest.approx(busy_dollars(COSTS, 2048)["instances"])


def result(host, layouts, flex=None):
    names = ["CPU of the app per order"]
    for channel in CHANNELS:
        names += [
            f"{channel}: {what}, {when}"
            for what in ("table calls", "queue messages")
            for when in ("alone", "under load")
        ]
        names.append(f"{channel}: CPU of the app")
    figures = [{"name": name, "value": float(number), "flex": flex} for number, name in enumerate(names)]
    return {"at": "2026-11-30T10:00:00", "host": host, "layouts": layouts, "figures": figures}


@pytest.mark.parametrize(
    ("layouts", "flex", "expected"),
    [(["flex"], None, 2.0), (["all", "flex"], 9.0, 9.0)],
    ids=["alone", "beside"],
)
def test_counts_are_those_of_the_flex_layout(layouts, flex, expected):
    counts = from_results(result("own", layouts, flex), result("real", ["all"]))
    assert counts["email"]["tableCallsUnderLoad"] == expected
    assert counts["email"]["cpuMs"] == 5.0, "CPU is that of the real host"
    assert order_costs(counts, "email").calls == expected


@pytest.mark.parametrize(
    ("flex", "real"), [(("own", ["all"]), ("real", ["all"])), (("own", ["flex"]), ("own", ["all"]))]
)
def test_results_that_were_measured_otherwise_are_refused(flex, real):
    with pytest.raises(ValueError, match="make bench"):
        from_results(result(*flex), result(*real))


def test_the_plots_have_every_part_of_every_size():
    counts, sizes = read_counts(), presets(TEMPLATE)
    parts = {figure.name for figure in figures(counts, sizes)}
    assert {"requests to tables", "Event Grid", "instances"} <= parts
    assert all(any(each.group.startswith(size.name) for each in figures(counts, sizes)) for size in sizes)
    (cores,) = lines(counts)
    assert cores.at == ["10", "100", "1,000"]
    assert cores.series["SMS"][1] == need(order_costs(counts, "sms"), 100).cores
