"""Runs the examples of a page as its reader does: one after another, in one shell."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from devstack.cloud.local_cloud import LocalCloud
from devstack.cloud.run_state import read_run_state
from devstack.processes.ports import free_ports
from devstack.project import ROOT
from tests.support.examples.pages import Block
from tests.support.examples.recorder import Recorder
from tests.support.examples.typescript import node, translate

SECONDS = 180
_API, _CONTROL = "http://127.0.0.1:7071", "http://127.0.0.1:9200"
_RECEIVER = "8090"  # the port of a page's own server, which tests beside each other cannot share
_PYTHON = re.compile(r"(?<![\w/.])(?:\.venv/bin/python|python3)(?= )")
_PARTS_OF_THE_CHECKOUT = ("deployment", "devstack", "examples", "shared")


def run(blocks: list[Block], cloud: LocalCloud, recorder: Recorder, folder: Path) -> None:
    """Run the blocks in the folder; AssertionError with the output when one fails."""
    for name in _PARTS_OF_THE_CHECKOUT:
        (folder / name).symlink_to(ROOT / name)
    script = ["set -euo pipefail", "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT"]
    (port,) = free_ports(1)
    for number, block in enumerate(blocks):
        here = block.text.replace(_API, recorder.address).replace(_CONTROL, cloud.control)
        here = here.replace(_RECEIVER, str(port))
        script += [f"curl -s -X POST {recorder.address}/mark/{number}", _lines(number, block, here, folder)]
    (folder / "page.sh").write_text("\n".join(script))
    done = subprocess.run(
        [_bash(), "page.sh"],
        cwd=folder,
        env=_environment(cloud, recorder, folder),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    last = blocks[recorder.block].place
    assert done.returncode == 0, f"{last} fails: {done.stdout[-2000:]}\n{done.stderr[-2000:]}"


def _lines(number: int, block: Block, text: str, folder: Path) -> str:
    match block.language:
        case "python":
            (folder / f"example{number}.py").write_text(text)
            return f"{sys.executable} example{number}.py"
        case "ts":
            source = folder / f"example{number}.ts"
            source.write_text(text)
            return f"{_node()} {translate(source).name}"
        case _:
            return _PYTHON.sub(sys.executable, text)


def _environment(cloud: LocalCloud, recorder: Recorder, folder: Path) -> dict[str, str]:
    state = folder / "run.json"
    replace(read_run_state(cloud.state_file), api=recorder.address).write(state)
    api = (
        f"{recorder.address}/notifications/api/v1"  # which examples/feed_consumer.py cannot be told in a text
    )
    return {**os.environ, "DEVSTACK_STATE": str(state), "NOTIFICATIONS_API": api}


def _node() -> str:
    found = node()
    assert found is not None
    return found.node


def _bash() -> str:
    path = shutil.which("bash")
    assert path, "bash is needed to run the examples"
    return path
