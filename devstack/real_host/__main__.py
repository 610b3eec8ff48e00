"""`python -m devstack.real_host API KEY_FILE LOG`: runs the real host's timers by a moved clock."""

import argparse
import asyncio
import json
import logging
import os
import sys
from functools import partial
from pathlib import Path

from devstack.clock import ClockFile
from devstack.errors import DevstackError
from devstack.processes.life import die_with_parent, end_process, on_stop_signals
from devstack.real_host.admin import Admin
from devstack.real_host.moved_timers import MovedClock, run_moved_timers
from devstack.real_host.run_log import RunLog


async def serve(admin: Admin, runs: RunLog) -> None:
    """Run until a signal ends the process; prints the ready line when the host is ready."""
    on_stop_signals(partial(end_process, 0))
    await asyncio.to_thread(admin.wait_running)
    timers = await asyncio.to_thread(admin.timers, os.environ)
    print(json.dumps({"ready": {"timers": [timer.function for timer in timers]}}), flush=True)
    clock = MovedClock(ClockFile(Path(os.environ["CLOCK_FILE"])))
    await run_moved_timers(timers, clock, admin.run, runs)


def main() -> int:
    """Return 1 when the host cannot run the app."""
    parser = argparse.ArgumentParser(prog="python -m devstack.real_host", description=__doc__)
    parser.add_argument("api", help="address of the host")
    parser.add_argument("key_file", type=Path, help="file with the keys of the host")
    parser.add_argument("log", type=Path, help="file into which the host logs")
    chosen = parser.parse_args()
    die_with_parent()
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    try:
        asyncio.run(serve(Admin(chosen.api, chosen.key_file), RunLog(chosen.log)))
    except DevstackError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    end_process(main())
