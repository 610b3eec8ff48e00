"""`python -m devstack.servicebus`: serves the declared queues until SIGTERM or the death of the parent."""

import argparse
import asyncio
import json
import logging
import sys
from pathlib import Path

from devstack.clock import ClockFile
from devstack.processes.life import die_with_parent, stop_requested
from devstack.servicebus.queues.declaration import DeclarationError, load_declarations
from devstack.servicebus.queues.time_source import TimeSource
from devstack.servicebus.running import running_broker


def main() -> int:
    """Parse the command line and serve; returns the exit code."""
    options = _parser().parse_args()
    die_with_parent()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    try:
        asyncio.run(_serve(options))
    except (DeclarationError, OSError) as error:
        print(f"servicebus: {error}", file=sys.stderr)
        return 1
    return 0


async def _serve(options: argparse.Namespace) -> None:
    time = TimeSource(moved=ClockFile(options.clock_file).timestamp) if options.clock_file else TimeSource()
    async with running_broker(
        load_declarations(options.queues),
        port=options.port,
        control_port=options.control_port,
        key=options.key,
        time=time,
        data=options.data,
    ) as running:
        stop = stop_requested()
        ready = {"port": running.port, "controlPort": running.control_port}
        print(json.dumps({"ready": ready}), flush=True)
        await stop.wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m devstack.servicebus", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="AMQP port on 127.0.0.1; 0 chooses a free one")
    parser.add_argument("--control-port", type=int, default=0, help="HTTP port to inspect and wipe queues")
    parser.add_argument(
        "--queues", type=Path, required=True, help="queue declaration, such as infra/queues.json"
    )
    parser.add_argument("--clock-file", type=Path, help="clock of the local cloud; real time without it")
    parser.add_argument("--data", type=Path, help="directory to keep the queues in; in memory without it")
    parser.add_argument("--key", help="shared access key that tokens must be signed with; any without it")
    return parser


if __name__ == "__main__":
    sys.exit(main())
