"""Runs one process of the Functions host: `python -m devstack.host --app DIR --serve http,queues,timers`."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

from devstack.host.errors import HostStartupError
from devstack.host.groups import Role
from devstack.host.process import dump_stacks_on_signal, log_to_stderr
from devstack.host.serve import HostOptions, Ready, list_groups, serve
from devstack.processes.life import die_with_parent, end_process


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a signal ends the process; returns 1 when the app cannot be served."""
    parsed = _parsed(arguments)
    options = HostOptions(parsed.app.resolve(), parsed.serve, parsed.port)
    die_with_parent()
    dump_stacks_on_signal()
    # Output of the app must not mix with the ready line.
    stdout, sys.stdout = sys.stdout, sys.stderr

    def announce(ready: Ready) -> None:
        print(json.dumps({"ready": asdict(ready)}), file=stdout, flush=True)

    async def serve_and_end() -> NoReturn:
        if parsed.list_groups:
            groups = await list_groups(options.app_dir)
            print(
                json.dumps({name: asdict(group) for name, group in groups.items()}), file=stdout, flush=True
            )
        else:
            await serve(options, announce)
        # Ends here, because asyncio.run() would wait for functions that ignore cancellation.
        end_process(0)

    try:
        log_to_stderr(os.environ.get("LOG_LEVEL"))
        asyncio.run(serve_and_end())
    except HostStartupError as error:
        print(f"The host cannot start: {error}", file=sys.stderr)
        return 1


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m devstack.host", description="Serve a function app locally."
    )
    parser.add_argument(
        "--app", type=Path, default=Path(), help="directory with function_app.py and host.json"
    )
    parser.add_argument("--serve", type=_roles, default=frozenset(Role), help="any of http,queues,timers")
    parser.add_argument("--port", type=int, default=0, help="port for HTTP; 0 takes a free one")
    parser.add_argument("--list-groups", action="store_true", help="print the groups of functions, and end")
    return parser.parse_args(arguments)


def _roles(text: str) -> frozenset[Role]:
    try:
        return frozenset(Role(part.strip()) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"choose from {', '.join(Role)}") from None


if __name__ == "__main__":
    end_process(main())
