"""`python -m benchmarks.capacity`: writes `docs/capacity.md` and plots, from new counts if given results."""

import argparse
import json
from pathlib import Path

from benchmarks.capacity.counts import COUNTS, from_results, read_counts
from benchmarks.capacity.figures import figures, lines
from benchmarks.capacity.page import page, presets
from benchmarks.plots import write
from benchmarks.report import RESULTS
from devstack.project import ROOT

PAGE = ROOT / "docs" / "capacity.md"
TEMPLATE = ROOT / "infra" / "main.bicep"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.capacity", description=__doc__)
    parser.add_argument("--flex", type=Path, help="result of `make bench FLEX=1`")
    parser.add_argument("--real", type=Path, help="result of `make bench HOST=real`")
    chosen = parser.parse_args()
    if chosen.flex and chosen.real:
        results = (json.loads(path.read_text(encoding="utf-8")) for path in (chosen.flex, chosen.real))
        COUNTS.write_text(json.dumps(from_results(*results), indent=2) + "\n", encoding="utf-8")
    elif chosen.flex or chosen.real:
        parser.error("give both results, or none")
    counts, sizes = read_counts(), presets(TEMPLATE)
    PAGE.write_text(page(counts, sizes), encoding="utf-8")
    about = f"Computed from what was counted at {counts['countedAt']}; {PAGE.name} has the tables."
    plots = write(RESULTS / "capacity", "Capacity", about, figures(counts, sizes), lines(counts))
    print(f"written to {PAGE}\nplots in {plots}")


if __name__ == "__main__":
    main()
