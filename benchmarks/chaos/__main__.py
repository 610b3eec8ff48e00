"""`python -m benchmarks.chaos`: breaks the local cloud at random while orders are placed, then counts.

Every accepted shipment must close with exactly one feed entry. No e-mail may go out twice, and an SMS only
after the answer of the call before was lost: nobody can know whether that was carried out. Every message that
was not delivered must have a cause that was noted when it happened to this very message. The exit code is 1
when anything is not so.
"""

import argparse
import secrets
import sys
import tempfile
from pathlib import Path

from benchmarks.chaos.evidence import traces
from benchmarks.chaos.plan import MOST_ORDERS, plan_run
from benchmarks.chaos.run import Run
from benchmarks.chaos.show import document, table
from benchmarks.chaos.verdict import judge
from benchmarks.report import save
from devstack.cloud.local_cloud import LocalCloud
from devstack.progress import Progress

_SETTINGS = {
    "SMS_GATEWAY_TIMEOUT_SECONDS": "4",  # an answer is given up early, so a claim ends early
    "CANCELLATION_FEED_CREATORS": "*",  # so that every shipment has an entry
}


def main() -> int:
    """Run once; the exit code is 0 when the run is clean."""
    chosen = _parser().parse_args()
    plan = plan_run(chosen.seed, chosen.orders, chosen.kills)
    settings = _SETTINGS | {name: str(limit) for name, limit in plan.limits.items()}
    with (
        Progress() as say,
        tempfile.TemporaryDirectory(prefix="chaos-") as data,
        LocalCloud(data=Path(data), settings=settings, flex=chosen.flex) as cloud,
    ):
        say(f"seed {chosen.seed}")
        run = Run(cloud, plan, say)
        evidence = run()
        verdict = judge(evidence)
        injected, details = run.injected(), run.details()
    print(table(verdict, injected))
    result = {"seed": chosen.seed, "orders": chosen.orders, "flex": chosen.flex}
    result |= {"limits": plan.limits, "injected": injected}
    of_faults = (mark for those in verdict.faults.found().values() for mark in those)
    result |= {"verdict": document(verdict), "traces": traces(evidence, of_faults)}
    path = save("chaos", result | details)
    print(f"\n{'clean' if verdict.is_clean else 'NOT CLEAN'}; written to {path}")
    return 0 if verdict.is_clean else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks.chaos", description=__doc__)
    parser.add_argument(
        "--orders", type=_orders, default=200, help=f"orders per channel, up to {MOST_ORDERS}"
    )
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000), help="repeats a plan")
    parser.add_argument("--kills", type=int, help="processes to kill; without it they grow with the orders")
    parser.add_argument("--flex", action="store_true", help="in the layout of Flex Consumption")
    return parser


def _orders(text: str) -> int:
    number = int(text)
    if not 50 <= number <= MOST_ORDERS:
        raise argparse.ArgumentTypeError(f"from 50 to {MOST_ORDERS}")
    return number


if __name__ == "__main__":
    sys.exit(main())
