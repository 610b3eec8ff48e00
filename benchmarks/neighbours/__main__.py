"""`python -m benchmarks.neighbours`: lets attacks loose beside an honest owner, and judges what it noticed.

The exit code is 1 when reads take more than 0.5 s longer, deliveries more than 2 s longer, or a process of
the service more than 300 MB.
"""

import argparse
import asyncio
import sys

from benchmarks.neighbours.attacks import ATTACKS
from benchmarks.neighbours.run import carry_out
from benchmarks.neighbours.show import document, line, table
from benchmarks.neighbours.silent_names import silence_names
from benchmarks.processes import Neighbours
from benchmarks.report import Progress, save


def main() -> int:
    """Run the chosen attacks one after the other."""
    parser = argparse.ArgumentParser(prog="benchmarks.neighbours", description=__doc__)
    parser.add_argument("--attack", choices=tuple(ATTACKS), action="append", help="all unless given")
    chosen = parser.parse_args().attack or tuple(ATTACKS)
    is_silent = silence_names("benchmarks.neighbours")
    say, others, rounds = Progress(), Neighbours(), []
    if not is_silent:
        say("this machine lets nobody replace its name servers: silent-name-servers tests unknown names only")
    for name in chosen:
        say(f"{name}: {ATTACKS[name].__doc__}")
        rounds.append(asyncio.run(carry_out(name)))
        print(line(rounds[-1]), *rounds[-1].told.notes, *rounds[-1].failures(), sep="\n          ")
    print("\n" + table(rounds))
    share = others.share()
    print(f"Other programs took {share:.0%} of the machine meanwhile.")
    path = save("neighbours", {"others": round(share, 3), "rounds": document(rounds)})
    is_kept = not any(each.failures() for each in rounds)
    print(f"\n{'every promise was kept' if is_kept else 'PROMISES WERE BROKEN'}; written to {path}")
    return 0 if is_kept else 1


if __name__ == "__main__":
    sys.exit(main())
