"""The index under the table emulator changes how many rows a call looks at, and no answer."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from azure.data.tables import TableServiceClient

from devstack.azurite.account import table_connection_string
from devstack.azurite.installation import TABLE_PROGRAM
from devstack.azurite.process import INDEX, azurite_spec
from devstack.npm.node import find_node
from devstack.processes.child import Child
from devstack.processes.ports import free_ports
from devstack.tests.support.table_calls import FILL, READ_ALL, answer, random_call

ROWS_VISITED = Path(__file__).with_name("rows_visited.cjs")
FEW, MANY = 1_000, 100_000


def rows_visited(rows, *modules):
    """Return how many of the stored rows each kind of call looks at."""
    command = (find_node(install=False).node, ROWS_VISITED, TABLE_PROGRAM, str(rows), *modules)
    visits = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return {(table, kind): visited for table, kinds in visits.items() for kind, visited in kinds.items()}


def test_calls_look_at_a_path_through_a_tree_however_many_rows_are_stored():
    few, many = rows_visited(FEW, INDEX), rows_visited(MANY, INDEX)
    assert len(few) == 24
    assert {kind: visited for kind, visited in few.items() if visited > 30} == {}
    # the path is as long as the logarithm of the rows: a hundred times as many make it 1.7 times as long
    assert {kind: visited for kind, visited in many.items() if visited > 2 * few[kind]} == {}


def test_without_the_index_calls_look_at_the_whole_partition():
    assert {kind: visited for kind, visited in rows_visited(FEW).items() if visited < FEW // 2} == {}


@pytest.fixture(scope="module")
def services(tmp_path_factory) -> Iterator[list[TableServiceClient]]:
    """Table services, with the index and without it."""
    ports = free_ports(2)
    specs = [
        azurite_spec(port, None, indexed=indexed) for port, indexed in zip(ports, (True, False), strict=True)
    ]
    children = [Child(spec, tmp_path_factory.mktemp("azurite") / "log") for spec in specs]
    for child in children:
        child.start()
    for child in children:
        child.wait_ready(120)
    connections = [table_connection_string(port) for port in ports]
    yield [TableServiceClient.from_connection_string(each, retry_total=0) for each in connections]
    for child in children:
        child.stop(3)


@pytest.mark.parametrize("seed", range(6))
def test_answers_are_the_same_with_and_without_the_index(services, seed):
    random = Random(seed)
    tables = [service.create_table(f"Seed{seed}") for service in services]
    for call in [*FILL, *(random_call(random) for _ in range(100)), *READ_ALL]:
        indexed, plain = (answer(table, call) for table in tables)
        assert indexed == plain, call
