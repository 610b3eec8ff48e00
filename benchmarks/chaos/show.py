"""Tells the result of a run: as a table for people, as a document for programs."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from benchmarks.chaos.verdict import Verdict

_WIDTH = 52
_SHOWN = 8  # of those that a fault happened to; the document has all


def table(verdict: Verdict, injected: Mapping[str, int]) -> str:
    """Return the result as lines of text."""
    figures = {name: value for name, value in _values(verdict).items() if isinstance(value, int)}
    blocks = [
        _block("Injected", sorted(injected.items())),
        _block("Counted", ((name.replace("_", " "), value) for name, value in figures.items())),
        _block("Endings", sorted(verdict.endings.items())),
        _block(
            f"Why {verdict.sms_doubled} SMS went out again", _accounted(verdict.doubts, verdict.sms_doubled)
        ),
        _block(f"Why {verdict.expired} messages expired", _accounted(verdict.causes, verdict.expired)),
    ]
    if verdict.failures:
        blocks.append(_block("Closed as failed, in doubt", sorted(verdict.failures.items())))
    blocks += [_fault(name, those) for name, those in verdict.faults.found().items()]
    return "\n".join(blocks)


def document(verdict: Verdict) -> dict[str, Any]:
    """Return the result for a JSON file."""
    return _values(verdict) | {"faults": verdict.faults.found(), "clean": verdict.is_clean}


def _values(verdict: Verdict) -> dict[str, Any]:
    return {each.name: getattr(verdict, each.name) for each in fields(verdict) if each.name != "faults"}


def _accounted(causes: Mapping[str, int], all_of_them: int) -> Iterable[tuple[str, int]]:
    yield from sorted(causes.items())
    yield "without a cause", all_of_them - sum(causes.values())


def _block(title: str, lines: Iterable[tuple[str, int]]) -> str:
    return "\n".join([f"\n{title}", *(f"  {name:<{_WIDTH}} {value:>6}" for name, value in lines)])


def _fault(name: str, those: Iterable[str]) -> str:
    all_of_them = list(those)
    shown = ", ".join(all_of_them[:_SHOWN]) + (", …" if len(all_of_them) > _SHOWN else "")
    return f"\nNOT CLEAN: {name}: {len(all_of_them)} ({shown})"
