"""`python -m benchmarks.neighbours`: lets attacks loose beside an honest owner, and judges what it noticed.

The exit code is 1 when reads take more than 0.5 s longer, deliveries more than 2 s longer, or a process of
the service more than 300 MB.
"""

import argparse
import asyncio
import sys
import time

from benchmarks.neighbours.attacks import ATTACKS
from benchmarks.neighbours.run import LEAST_SECONDS, carry_out
from benchmarks.neighbours.show import document, line, table
from benchmarks.neighbours.silent_names import silence_names
from benchmarks.processes import Neighbours
from benchmarks.report import save
from devstack.progress import Progress

_TOTAL_SECONDS = 570.0
_AROUND_SECONDS = 18.0  # of each attack: its preparation, the start of the cloud, warming up, the time before
_MOST_SECONDS = 120.0


def main() -> int:
    """Run the chosen attacks one after the other."""
    parser = argparse.ArgumentParser(prog="benchmarks.neighbours", description=__doc__)
    parser.add_argument("--attack", choices=tuple(ATTACKS), action="append", help="all unless given")
    chosen = parser.parse_args().attack or tuple(ATTACKS)
    is_silent = silence_names("benchmarks.neighbours")
    say, others, rounds = Progress(), Neighbours(), []
    if not is_silent:
        say("this machine lets nobody replace its name servers: silent-name-servers tests unknown names only")
    ends_at = time.monotonic() + _TOTAL_SECONDS
    for number, name in enumerate(chosen):
        share = (ends_at - time.monotonic()) / (len(chosen) - number) - _AROUND_SECONDS
        say(f"{name}: {ATTACKS[name].__doc__}")
        rounds.append(asyncio.run(carry_out(name, min(_MOST_SECONDS, max(LEAST_SECONDS, share)))))
        say.end()
        print(line(rounds[-1]), *rounds[-1].told.notes, *rounds[-1].failures(), sep="\n          ")
    print("\n" + table(rounds))
    busy = others.share()
    print(f"Other programs took {busy:.0%} of the machine meanwhile.")
    path = save("neighbours", {"others": round(busy, 3), "rounds": document(rounds)})
    is_kept = not any(each.failures() for each in rounds)
    print(f"\n{'every promise was kept' if is_kept else 'PROMISES WERE BROKEN'}; written to {path}")
    return 0 if is_kept else 1


if __name__ == "__main__":
    sys.exit(main())
