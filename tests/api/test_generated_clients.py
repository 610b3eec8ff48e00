"""Clients that are made from the served OpenAPI document are sound in strict types, and work."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from devstack.errors import DevstackError
from devstack.npm.node import find_node
from devstack.npm.packages import Packages
from devstack.project import HOME
from tests.support.scenarios.owner import API, CALL_SECONDS

PROGRAMS = Path(__file__).with_name("generated_clients")
TYPESCRIPT = Packages("the maker of TypeScript clients", PROGRAMS, HOME / "typescript-client")
SEEN = {
    "status": "Order_Completed",
    "results": ["Email_Delivered"],
    "feed": "Order_Completed",
    "cancelled": [True, True],
}
COMPILER_OPTIONS = {
    "strict": True,
    "noUncheckedIndexedAccess": True,
    "exactOptionalPropertyTypes": True,
    "target": "es2022",
    "module": "nodenext",
    "types": ["node"],
}


@pytest.fixture
def document(cloud, tmp_path):
    """The document as it is served, in a file."""
    file = tmp_path / "openapi.json"
    file.write_bytes(requests.get(f"{cloud.api}{API}/openapi.json", timeout=CALL_SECONDS).content)
    return file


def run(*command, folder, **environment):
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done


def follow_order(owner, *command, folder):
    """Return what a program saw that places orders for a person."""
    person = owner.cloud.fixtures()["person_with_email_and_mobile"]
    environment = {"API": owner.cloud.api, "TOKEN": owner.token, "PERSON": person["nin"]}
    seen = json.loads(run(*command, folder=folder, **environment).stdout)
    assert owner.cloud.outbox(person["email"])["emails"]
    return seen


def test_a_python_client_places_follows_cancels_and_reads_the_feed(owner, document, tmp_path):
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"post_hooks": []}))
    client = tmp_path / "notifications_client"
    options = ("--path", document, "--meta", "none", "--output-path", client, "--config", config)
    said = run(sys.executable, "-m", "openapi_python_client", "generate", *options, folder=tmp_path)
    warnings = [line for line in (said.stdout + said.stderr).splitlines() if line.startswith("WARNING")]
    assert [warning.partition(" within ")[0] for warning in warnings] == [
        "WARNING parsing POST /notifications/sms/api/v1/reports"  # XML, which only the SMS gateway sends
    ]
    program = shutil.copy(PROGRAMS / "follow_order.py", tmp_path)
    settings = ("--strict", "--config-file=", "--no-incremental", "--python-executable", sys.executable)
    run(sys.executable, "-m", "mypy", *settings, "notifications_client", program, folder=tmp_path)
    assert follow_order(owner, sys.executable, program, folder=tmp_path) == SEEN


def test_a_typescript_client_places_follows_cancels_and_reads_the_feed(owner, document, tmp_path):
    try:
        TYPESCRIPT.install()
        node = find_node(install=False).node
    except DevstackError as problem:
        pytest.skip(str(problem))
    (tmp_path / "node_modules").symlink_to(TYPESCRIPT.modules)
    (tmp_path / "package.json").write_text(json.dumps({"type": "module"}))
    (tmp_path / "tsconfig.json").write_text(json.dumps({"compilerOptions": COMPILER_OPTIONS}))
    shutil.copy(PROGRAMS / "follow_order.ts", tmp_path)
    make = TYPESCRIPT.modules / "openapi-typescript" / "bin" / "cli.js"
    run(node, make, document, "--output", "notifications.ts", folder=tmp_path)
    run(node, TYPESCRIPT.modules / "typescript" / "bin" / "tsc", folder=tmp_path)
    assert follow_order(owner, node, "follow_order.js", folder=tmp_path) == SEEN
