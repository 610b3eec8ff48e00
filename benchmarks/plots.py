"""Writes the figures of a run as one page of plots for people: HTML with SVG inside, without scripts."""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from benchmarks.report import VERDICTS, Figure, budget, number

_NAME, _BAR, _VALUE, _ROW = 330, 300, 330, 26  # widths of the columns and height of a row
_CHART, _HEIGHT, _LEFT, _KEY = 420, 200, 70, 330
_WIDE = 100.0  # from this ratio on, a linear scale would hide the shortest bar
_SERIES = 6
_STYLE = """
:root { color-scheme: light dark; --page: #fff; --ink: #1b1f24; --soft: #5b6570; --grid: #d5dae0;
 --bar: #2f6fbd; --flex: #8a94a0; --bad: #c0342b; --s0: #2f6fbd; --s1: #b45309; --s2: #0f7b5f; --s3: #7c3aed;
 --s4: #be185d; --s5: #4b5563; }
@media (prefers-color-scheme: dark) { :root { --page: #14181d; --ink: #e6e9ed; --soft: #9aa5b1;
 --grid: #39424c; --bar: #6ea8ee; --flex: #7c8894; --bad: #ff7b72; --s0: #6ea8ee; --s1: #f0a63c;
 --s2: #45c8a0; --s3: #b79bff; --s4: #ff8cc0; --s5: #aab4bf; } }
body { background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto;
 max-width: 62rem; padding: 0 1rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; } p { color: var(--soft); }
svg { display: block; height: auto; max-width: 100%; } text { fill: var(--ink); font-size: 13px; }
.soft { fill: var(--soft); } .bar { fill: var(--bar); } .flex { fill: var(--flex); }
.bad { fill: var(--bad); }
.budget { stroke: var(--ink); stroke-width: 2; } .grid { stroke: var(--grid); }
.line { fill: none; stroke-width: 2; }
"""


@dataclass(frozen=True, slots=True)
class Lines:
    """Values of several series, each at the places that `at` names."""

    title: str
    unit: str
    at: Sequence[str]
    series: Mapping[str, Sequence[float]]


def write(path: Path, title: str, about: str, figures: Sequence[Figure], lines: Iterable[Lines] = ()) -> Path:
    """Write the page beside a result, under its name; return the file."""
    page = path.with_suffix(".html")
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(document(title, about, figures, lines), encoding="utf-8")
    return page


def document(title: str, about: str, figures: Sequence[Figure], lines: Iterable[Lines] = ()) -> str:
    """Return the page: bars for each group of figures and unit, then a chart for each of the lines."""
    head = _tag(
        "head",
        _tag("meta", charset="utf-8"),
        _tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        _tag("title", title),
        _tag("style", _STYLE),
    )
    groups = itertools.groupby(figures, key=lambda figure: figure.group)
    sections = [_section(group, _pictures(list(found))) for group, found in groups]
    sections += [_section(each.title, [_chart(each)]) for each in lines]
    body = _tag("body", _tag("h1", title), _tag("p", about), _tag("p", _legend(figures)), *sections)
    page = ET.tostring(_tag("html", head, body, lang="en"), encoding="unicode")
    return f"<!DOCTYPE html>\n{page}\n"


def _legend(figures: Sequence[Figure]) -> str:
    marks = "A mark across a bar is its budget. " if any(figure.met is not None for figure in figures) else ""
    thin = "The thin bar below is the same in the layout of Flex Consumption."
    return marks + (thin if any(figure.flex is not None for figure in figures) else "")


def _section(title: str, pictures: Iterable[ET.Element]) -> ET.Element:
    return _tag("section", _tag("h2", title), *pictures)


def _pictures(figures: Sequence[Figure]) -> list[ET.Element]:
    """Return the bars of a group, those of each unit on a scale of their own."""
    units = dict.fromkeys(figure.unit for figure in figures)
    return [_bars([figure for figure in figures if figure.unit == unit]) for unit in units]


def _bars(figures: Sequence[Figure]) -> ET.Element:
    sizes = [size for figure in figures for size in _sizes(figure) if size > 0]
    top = max(sizes, default=1.0)
    is_wide = bool(sizes) and top / min(sizes) > _WIDE
    rows = [_row(figure, place, top, is_wide=is_wide) for place, figure in enumerate(figures)]
    height = _ROW * len(figures)
    if is_wide:
        rows.append(_text("lengths are logarithmic", _NAME, height + 14, "soft"))
        height += _ROW
    told = "; ".join(f"{figure.name}: {_told(figure)}" for figure in figures)
    return _svg(_NAME + _BAR + _VALUE, height, figures[0].group, told, rows)


def _sizes(figure: Figure) -> list[float]:
    found = (figure.value, figure.at_most, figure.at_least, figure.flex)
    return [size for size in found if size is not None]


def _row(figure: Figure, place: int, top: float, *, is_wide: bool) -> ET.Element:
    def length(size: float) -> float:
        share = math.log1p(max(size, 0)) / math.log1p(top) if is_wide else max(size, 0) / top
        return round(share * _BAR, 1)

    y = place * _ROW
    parts = [
        _tag("title", f"{figure.name}: {_told(figure)}"),
        _text(figure.name, 0, y + 16),
        _bar(y + 4, length(figure.value), 12, "bad" if figure.met is False else "bar"),
        _text(_told(figure), _NAME + _BAR + 12, y + 16, "bad" if figure.met is False else ""),
    ]
    if figure.flex is not None:
        parts.append(_bar(y + 18, length(figure.flex), 4, "bad" if figure.flex_met is False else "flex"))
    for limit in (figure.at_most, figure.at_least):
        if limit is not None:
            x = _NAME + length(limit)
            parts.append(_tag("line", x1=x, x2=x, y1=y + 1, y2=y + 19, class_="budget"))
    return _tag("g", *parts)


def _bar(y: float, width: float, height: int, kind: str) -> ET.Element:
    return _tag("rect", x=_NAME, y=y, width=width, height=height, class_=kind)


def _told(figure: Figure) -> str:
    parts = [f"{number(figure.value)} {figure.unit}", f"{budget(figure)} {VERDICTS[figure.met]}"]
    if figure.flex is not None:
        parts.append(f"Flex {number(figure.flex)} {VERDICTS[figure.flex_met]}")
    return ", ".join(part.strip() for part in parts if part.strip())


def _chart(lines: Lines) -> ET.Element:
    """Return the lines on one scale from nothing, with a key; the form of a line tells it apart, too."""
    top = max((value for values in lines.series.values() for value in values), default=0) or 1.0
    step = _CHART / max(1, len(lines.at) - 1)
    parts: list[ET.Element] = []
    for share in (0.0, 0.5, 1.0):
        y = 10 + _HEIGHT * (1 - share)
        parts.append(_tag("line", x1=_LEFT, x2=_LEFT + _CHART, y1=y, y2=y, class_="grid"))
        parts.append(_text(number(top * share), _LEFT - 8, y + 4, "soft", anchor="end"))
    for place, name in enumerate(lines.at):
        parts.append(_text(name, _LEFT + place * step, _HEIGHT + 30, "soft", anchor="middle"))
    for order, (name, values) in enumerate(lines.series.items()):
        points = [(_LEFT + at * step, 10 + _HEIGHT * (1 - value / top)) for at, value in enumerate(values)]
        parts.append(_line(name, points, order))
    told = "; ".join(f"{name}: {', '.join(map(number, values))}" for name, values in lines.series.items())
    width = _LEFT + _CHART + _KEY
    return _svg(width, _HEIGHT + 44, lines.title, f"{lines.unit} at {', '.join(lines.at)}. {told}", parts)


def _line(name: str, points: Sequence[tuple[float, float]], order: int) -> ET.Element:
    colour, dashes = f"var(--s{order % _SERIES})", ("none", "7 4", "2 3")[order % 3]
    key, y = _LEFT + _CHART + 40, 20 + order * 22
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    stroke = {"stroke": colour, "stroke-dasharray": dashes, "class": "line"}
    return _tag(
        "g",
        _tag("title", name),
        _tag("polyline", points=drawn, **stroke),
        *(_tag("circle", cx=round(x, 1), cy=round(at, 1), r=4, fill=colour) for x, at in points),
        _tag("polyline", points=f"{key},{y} {key + 28},{y}", **stroke),
        _text(name, key + 36, y + 4),
    )


def _svg(width: int, height: int, title: str, told: str, parts: Iterable[ET.Element]) -> ET.Element:
    named = (_tag("title", title), _tag("desc", told))
    box = {"viewBox": f"0 0 {width} {height}", "aria-label": title, "role": "img"}
    return _tag("svg", *named, *parts, width=width, height=height, **box)


def _text(text: str, x: float, y: float, kind: str = "", *, anchor: str = "start") -> ET.Element:
    return _tag("text", text, x=round(x, 1), y=y, class_=kind, text_anchor=anchor)


def _tag(name: str, /, *inside: ET.Element | str, **attributes: object) -> ET.Element:
    """Return an element; the names of its attributes are those of HTML, with _ for - and after `class`."""
    named = {key.rstrip("_").replace("_", "-"): str(value) for key, value in attributes.items()}
    element = ET.Element(name, named)
    for part in inside:
        if isinstance(part, str):
            element.text = part
        else:
            element.append(part)
    return element
