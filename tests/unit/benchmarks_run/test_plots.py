"""The page of plots: one well-formed file without scripts that has every figure as a bar and as text."""

from html.parser import HTMLParser
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest

from benchmarks import outage, run
from benchmarks.plots import Lines, document, write
from benchmarks.report import Figure

CALLS = Figure("Cost <of> one", "calls & more", 3.4, "", at_most=3.5, flex=4.5)
SLOW = Figure("Cost <of> one", 'p99 "late"', 200.0, "ms", at_most=112.0)
FAST = Figure("Rates", "rate", 357.0, "orders/s", at_least=159.0)
RATES = Lines(
    "Intake <rates>", "orders/s", ["round 1", "round 2"], {"8 & 32": [10.0, 20.0], "b": [5.0, 40.0]}
)


def parsed(figures, lines=()):
    text = document("Bench <1>", "5 % & more", figures, lines)
    assert text.startswith("<!DOCTYPE html>\n")
    return ET.fromstring(text.removeprefix("<!DOCTYPE html>\n"))


def texts(page, tag="text"):
    return [element.text for element in page.iter(tag)]


def test_every_figure_has_its_name_value_budget_and_verdict():
    page = parsed([CALLS, SLOW, FAST], [RATES])
    assert {"calls & more", 'p99 "late"', "rate"} <= set(texts(page))
    assert "3.40, <= 3.5 met, Flex 4.50 NOT MET" in texts(page)
    assert "200 ms, <= 112 NOT MET" in texts(page)
    assert "357 orders/s, >= 159 met" in texts(page)
    assert texts(page, "h2") == ["Cost <of> one", "Rates", "Intake <rates>"]


def test_names_are_escaped():
    text = document("Bench <1>", "5 % & more", [CALLS, SLOW], [RATES])
    assert "Cost &lt;of&gt; one" in text
    assert "calls &amp; more" in text
    assert "<of>" not in text
    assert "<rates>" not in text


def test_every_picture_has_a_text_alternative():
    page = parsed([CALLS, SLOW, FAST], [RATES])
    pictures = list(page.iter("svg"))
    assert len(pictures) == 4, "each unit has a scale of its own"
    assert all(picture.get("role") == "img" and picture.findtext("title") for picture in pictures)
    assert 'p99 "late": 200 ms, <= 112 NOT MET' in pictures[1].findtext("desc")
    assert pictures[3].findtext("desc") == ("orders/s at round 1, round 2. 8 & 32: 10.0, 20.0; b: 5.00, 40.0")


def test_a_browser_gets_no_script_and_nothing_from_elsewhere():
    seen = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            seen.append((tag, dict(attrs)))

    text = document("Bench", "", [CALLS, SLOW], [RATES])
    Reader().feed(text)
    assert "prefers-color-scheme: dark" in text
    assert {"svg", "rect", "polyline"} <= {tag for tag, _ in seen}
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in seen}
    assert not [attributes for _, attributes in seen if {"href", "src"} & set(attributes)]


def widths(figures):
    return [float(bar.get("width")) for bar in parsed(figures).iter("rect")]


def test_bars_share_a_scale_with_their_budgets():
    assert widths([SLOW, Figure("Cost <of> one", "p50", 50.0, "ms", at_most=400.0)]) == [150.0, 37.5]


def test_values_far_apart_are_on_a_logarithmic_scale_and_say_so():
    figures = [Figure("g", "provider", 0.5, "orders/s"), Figure("g", "events", 40_000.0, "orders/s")]
    assert widths(figures)[0] > 5
    assert "lengths are logarithmic" in texts(parsed(figures))


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_nothing_has_a_bar_of_no_length(value):
    assert widths([Figure("g", "nothing", value, "")]) == [0.0]


def test_lines_reach_from_nothing_to_the_greatest_value():
    first, _, second, _ = [line.get("points") for line in parsed([], [RATES]).iter("polyline")]
    assert first == "70.0,160.0 490.0,110.0"
    assert second == "70.0,185.0 490.0,10.0"


def test_the_page_is_beside_the_result(tmp_path):
    page = write(tmp_path / "results" / "bench-1.json", "Bench", "", [FAST])
    assert page == tmp_path / "results" / "bench-1.html"
    assert "357 orders/s" in page.read_text(encoding="utf-8")


def test_lines_of_a_bench_are_its_rounds_in_each_layout():
    rounds = {"intake": {8: [1.0, 2.0]}, "drain": {}, "endToEnd": {"sms": [3.0]}}
    intake, end_to_end = run.lines({"flex": rounds})
    assert (intake.title, intake.at, intake.series) == (
        "Intake, orders a second, Flex",
        ["round 1", "round 2"],
        {"8 clients": [1.0, 2.0]},
    )
    assert (end_to_end.at, end_to_end.series) == (["round 1"], {"sms": [3.0]})


def test_lines_of_an_outage_are_its_drains():
    drains = [SimpleNamespace(lost=0.0, seconds=4.0), SimpleNamespace(lost=1800.0, seconds=5.0)]
    found = outage.lines({"sms": drains})
    assert (found.at, found.series) == (["nothing lost", "30 min lost"], {"sms": [4.0, 5.0]})
