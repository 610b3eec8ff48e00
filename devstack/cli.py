"""The command line: starts the local cloud, and gives commands to a running one."""

import argparse
import json
import os
import re
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any

from devstack.cloud.control import Control
from devstack.cloud.host_choice import HostKind
from devstack.cloud.run_state import read_run_state
from devstack.errors import DevstackError
from devstack.progress import Progress
from devstack.project import LOGS, ROOT, run_state_path
from devstack.scenarios.plays import PLAYS, play
from devstack.scenarios.stage import Step

_API_PORT = 7071
_CHECK_SECONDS = 1.0
_DURATION = re.compile(r"(?P<sign>-?)(?P<amount>\d+(?:\.\d+)?)(?P<unit>ms|s|m|h|d|w)")
_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_FAULT_NUMBERS: dict[str, Callable[[str], int | float]] = {
    "status": int,
    "retryAfter": int,
    "delaySeconds": float,
    "times": int,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code, 1 with one line on stderr for an error."""
    parsed = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], None] = parsed.command
    try:
        command(parsed)
    except DevstackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
    except BrokenPipeError:  # the reader of the output has closed it, such as `head`
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    except OSError as error:  # a full or read-only disk
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def parse_duration(text: str) -> float:
    """Return the seconds of `90s`, `8h`, `2d` …; ArgumentTypeError for anything else."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a duration such as 90s, 15m, 8h or 2d")
    seconds = float(found["amount"]) * _UNIT_SECONDS[found["unit"]]
    return -seconds if found["sign"] else seconds


def parse_fault(parts: Sequence[str]) -> dict[str, Any]:
    """Return the fault rule of `target=acs.send action=status status=429 to=kari@example.no`."""
    rule: dict[str, Any] = {}
    for part in parts:
        name, equals, value = part.partition("=")
        if not equals or not value:
            raise DevstackError(
                f"{part!r} is not name=value, as in: --add target=acs.send action=status status=429"
            )
        if name == "to":
            rule["match"] = {"to": value}
        elif name == "times" and value == "always":
            rule[name] = None
        else:
            rule[name] = _fault_value(name, value)
    return rule


def _fault_value(name: str, value: str) -> str | int | float:
    if name not in _FAULT_NUMBERS:
        return value
    try:
        return _FAULT_NUMBERS[name](value)
    except ValueError:
        raise DevstackError(f"{name} must be a number, not {value!r}") from None


def _start(options: argparse.Namespace) -> None:
    from devstack.cloud.local_cloud import LocalCloud  # noqa: PLC0415 -- the other commands start faster without

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # with nohup it runs on without its terminal
        signal.signal(signal.SIGHUP, _interrupt)
    data = Path(options.data) if options.data else None
    with ExitStack() as running:
        with Progress() as progress:
            cloud = LocalCloud(
                options.port,
                options.workers,
                data,
                flex=options.flex,
                host=options.host,
                app=options.app,
                state=run_state_path(),
                logs=LOGS,
                echo=True,
                pages=True,
                progress=progress,
            )
            running.enter_context(cloud)
        print(f"{'host':<10} {cloud.host}")
        for name, address in cloud.addresses.items():
            print(f"{name:<10} {address}")
        print(f"{'logs':<10} {cloud.logs}")
        print(f"see what happens at {cloud.pages}", file=sys.stderr, flush=True)
        print(f"ready {cloud.api}", flush=True)
        while not cloud.wait_failed(_CHECK_SECONDS):
            pass
        raise DevstackError(cloud.failure or "the local cloud has failed")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # a second signal must not interrupt the ending
    raise KeyboardInterrupt


def _token(options: argparse.Namespace) -> None:
    org = None if options.no_org else options.org
    print(
        _control().token(
            org=org, scope=options.scope, platform=options.platform, expires_in=options.expires_in
        )
    )


def _fixtures(_options: argparse.Namespace) -> None:
    _print(_control().fixtures())


def _outbox(options: argparse.Namespace) -> None:
    control = _control()
    if options.clear:
        control.clear_outbox()
    _print(control.outbox(options.to))


def _dashboard(_options: argparse.Namespace) -> None:
    pages = read_run_state(run_state_path()).pages
    if pages is None:
        raise DevstackError("this local cloud has no pages: `make start` runs one that has")
    print(pages)


def _scenario(options: argparse.Namespace) -> None:
    state = read_run_state(run_state_path())

    def tell(step: Step) -> None:
        link = f"  {state.pages}{step.link}" if state.pages and step.link else ""
        print(f"· {step.text}{link}", flush=True)

    verdict = play(options.name, api=state.api, control=state.control, tell=tell)
    if not verdict.good:
        raise DevstackError(f"not as expected: {verdict.text}")
    print(f"as expected: {verdict.text}")


def _clock(options: argparse.Namespace) -> None:
    control = _control()
    if options.reset:
        control.reset_clock()
    if options.set is not None:
        control.set_clock(options.set)
    if options.advance is not None:
        control.advance_clock(options.advance)
    _print(control.clock())


def _faults(options: argparse.Namespace) -> None:
    control = _control()
    if options.clear:
        control.clear_faults()
    if options.add is not None:
        control.add_fault(parse_fault(options.add))
    _print(control.faults())


def _control() -> Control:
    return Control(read_run_state(run_state_path()).control)


def _print(document: object) -> None:
    print(json.dumps(document, indent=2, ensure_ascii=False))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m devstack", description="The local cloud of this project."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    _add_start(commands.add_parser("start", help="run the local cloud until Ctrl-C"))

    token = commands.add_parser("token", help="print a bearer token that the running local cloud accepts")
    token.set_defaults(command=_token)
    organisation = token.add_mutually_exclusive_group()
    organisation.add_argument("--org", default="ttd", help="short name of the organisation")
    organisation.add_argument("--no-org", action="store_true", help="a token without organisation")
    token.add_argument(
        "--scope", default="altinn:serviceowner/notifications.create", help="scopes, space separated"
    )
    token.add_argument("--platform", metavar="APP", help="a platform access token of that app")
    token.add_argument("--expires-in", type=int, metavar="SECONDS", help="life time, may be negative")

    dashboard = commands.add_parser("dashboard", help="print the address of the web pages")
    dashboard.set_defaults(command=_dashboard)

    scenario = commands.add_parser("scenario", help="play a typical use and tell what happens")
    scenario.set_defaults(command=_scenario)
    scenario.add_argument("name", choices=list(PLAYS), help="what to play")

    fixtures = commands.add_parser("fixtures", help="print the simulated people and organisations as JSON")
    fixtures.set_defaults(command=_fixtures)

    outbox = commands.add_parser("outbox", help="print every captured e-mail and SMS as JSON, newest last")
    outbox.set_defaults(command=_outbox)
    outbox.add_argument("--to", help="only those to this address or number")
    outbox.add_argument("--clear", action="store_true", help="remove them first")

    clock = commands.add_parser("clock", help="show or move the local cloud's time")
    clock.set_defaults(command=_clock)
    move = clock.add_mutually_exclusive_group()
    move.add_argument("--advance", type=parse_duration, metavar="DURATION", help="for example 90s, 8h or 2d")
    move.add_argument("--set", type=_instant, metavar="ISO", help="for example 2031-05-02T08:55:00+02:00")
    move.add_argument("--reset", action="store_true", help="back to real time")

    faults = commands.add_parser("faults", help="list, add and clear fault rules")
    faults.set_defaults(command=_faults)
    change = faults.add_mutually_exclusive_group()
    change.add_argument("--list", action="store_true", help="show the rules (the default)")
    change.add_argument(
        "--add",
        nargs="+",
        metavar="NAME=VALUE",
        help="target= action= [to= status= retryAfter= delaySeconds= times=]",
    )
    change.add_argument("--clear", action="store_true", help="remove all rules")
    return parser


def _add_start(start: argparse.ArgumentParser) -> None:
    start.set_defaults(command=_start)
    start.add_argument(
        "--port", type=_port, default=os.environ.get("PORT") or str(_API_PORT), help="API port; 0: any"
    )
    start.add_argument(
        "--workers", type=_count, default=os.environ.get("WORKERS") or "1", help="queue processes"
    )
    start.add_argument(
        "--flex",
        action="store_true",
        default=os.environ.get("FLEX") == "1",
        help="give every function without HTTP processes of its own, as Flex Consumption does",
    )
    start.add_argument("--data", default=os.environ.get("DATA"), help="folder that keeps state between runs")
    start.add_argument(
        "--host", type=HostKind, choices=list(HostKind), help="Functions host; the default is that of HOST="
    )
    start.add_argument("--app", type=Path, default=ROOT, help="folder of the function app")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port number from 0 to 65535")
    return int(text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 64):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes")
    return int(text)


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an ISO 8601 instant") from None
    return instant if instant.tzinfo else instant.astimezone()
