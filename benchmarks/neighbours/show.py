"""Prints the rounds: what the honest owner saw, before and during each attack."""

from collections.abc import Sequence
from typing import Any

from benchmarks.neighbours.honest import KINDS
from benchmarks.neighbours.verdict import Round, Spread

_WITHOUT_CONDITION = tuple(kind for kind in KINDS if kind != "condition")
_HEAD = f"""\
{"":<20} {"reads, ms":^27} {"delivery, s":^25} {"with condition, s":^25} {"idle, ms":^13} {"tables, ms":^13} \
{"peak, MB":^13}
{"attack":<20} {"before":^13} {"during":^13} {"before":^12} {"during":^12} {"before":^12} {"during":^12} \
{"before":>6} {"during":>6} {"before":>6} {"during":>6} {"http":>6} {"worker":>6}"""
_FOOT = """\
Times are median/worst. "delivery" is from placement to the delivered report. "idle" is how late a process was
that only slept: the machine's own part. "tables" is how long the table emulator took to refuse a request of
nobody: its own part. Neither is subtracted from what the honest owner saw. The attackers run at the lowest
priority, build their bodies before anything is timed, and write them to raw sockets. They still need the same
cores, as do table emulator, queues and providers of the local cloud."""


def line(result: Round) -> str:
    """Return one row of the table."""
    reads = " ".join(f"{_milliseconds(spread):^13}" for spread in result.reads)
    others = (*result.deliveries(_WITHOUT_CONDITION), *result.deliveries(["condition"]))
    deliveries = " ".join(f"{_seconds(spread):^12}" for spread in others)
    others_delays = zip(*result.delays, strict=True)  # idle and tables, each before and during
    delays = " ".join(f"{seconds * 1000:>6.0f}" for pair in others_delays for seconds in pair)
    memory = " ".join(f"{result.memory[name]:>6.0f}" for name in result.memory)
    return f"{result.attack:<20} {reads} {deliveries} {delays} {memory}"


def table(rounds: Sequence[Round]) -> str:
    """Return all rounds as lines of text."""
    lines = [_HEAD, *(line(each) for each in rounds), "", _FOOT]
    for each in rounds:
        lines += [f"BROKEN  {each.attack}: {failure}" for failure in each.failures()]
    return "\n".join(lines)


def document(rounds: Sequence[Round]) -> list[dict[str, Any]]:
    """Return all rounds for programs."""
    return [
        {
            "attack": each.attack,
            "seconds": round(each.seconds, 1),
            "reads": [_document(spread) for spread in each.reads],
            "placements": [
                _document(Spread.of(timings.placements)) for timings in (each.before, each.during)
            ],
            "deliveries": {kind: [_document(spread) for spread in each.deliveries([kind])] for kind in KINDS},
            "idle": [delays.idle for delays in each.delays],
            "tables": [delays.tables for delays in each.delays],
            "megabytes": each.memory,
            "answers": each.told.answers,
            "notes": each.told.notes,
            "failures": each.failures(),
        }
        for each in rounds
    ]


def _milliseconds(spread: Spread) -> str:
    return f"{spread.median * 1000:.0f}/{spread.worst * 1000:.0f}"


def _seconds(spread: Spread) -> str:
    return f"{spread.median:.2f}/{spread.worst:.2f}"


def _document(spread: Spread) -> dict[str, float]:
    return {"median": round(spread.median, 4), "worst": round(spread.worst, 4)}
