"""Tables are created once, and the file of the table service is complete however it is ended."""

import signal
import subprocess
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from azure.data.tables import TableServiceClient

from devstack.azurite.account import create_tables, table_connection_string
from devstack.azurite.process import azurite_spec
from devstack.errors import DevstackError
from devstack.processes.ports import free_ports
from devstack.project import ROOT
from devstack.tests.support.processes import wait_until


def port_of(connection_string):
    parts = dict(part.split("=", 1) for part in connection_string.strip(";").split(";"))
    return urlsplit(parts["TableEndpoint"]).port


def test_tables_are_created_once(azurite):
    for _ in range(2):
        create_tables(port_of(azurite), ["FirstOfTwo", "SecondOfTwo"])
    with TableServiceClient.from_connection_string(azurite) as client:
        assert {"FirstOfTwo", "SecondOfTwo"} <= {table.name for table in client.list_tables()}


def test_refusal_names_the_table(azurite):
    with pytest.raises(DevstackError, match="refused to create the table no_name: HTTP 400"):
        create_tables(port_of(azurite), ["no_name"])


def test_silence_is_told():
    with pytest.raises(DevstackError, match="Azurite does not answer"):
        create_tables(free_ports(1)[0], ["Any"])


def answers(port):
    try:
        create_tables(port, ["Kept"])
    except DevstackError:
        return False
    return True


@contextmanager
def emulator_of(port, data, *, indexed):
    """Run Azurite on a folder; stop reading what it prints, and tell it again and again to end."""
    command = azurite_spec(port, data, indexed=indexed).command
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as emulator:
        try:
            wait_until(lambda: answers(port))
            yield
        finally:
            emulator.stdout.close()
            while emulator.poll() is None:
                emulator.send_signal(signal.SIGINT)


@pytest.mark.parametrize("runs", [(True, True), (True, False, True)], ids=["indexed", "indexed and not"])
def test_what_was_written_is_there_however_often_it_is_told_to_end(tmp_path, runs):
    """Linux tells it once for every thread of a supervisor that was killed."""
    (port,) = free_ports(1)
    with TableServiceClient.from_connection_string(table_connection_string(port)) as client:
        table = client.get_table_client("Kept")
        for number, indexed in enumerate(runs):
            with emulator_of(port, tmp_path, indexed=indexed):
                table.create_entity({"PartitionKey": "p", "RowKey": str(number), "Filling": "x" * 30_000})
                table.create_entity({"PartitionKey": "p", "RowKey": f"gone {number}"})
                table.delete_entity("p", f"gone {number}")
                table.update_entity({"PartitionKey": "p", "RowKey": "0", "Run": number})
                rows = list(table.query_entities("PartitionKey eq 'p'", select=["RowKey", "Run"]))
                assert [row["RowKey"] for row in rows] == [str(each) for each in range(number + 1)]
                assert table.get_entity("p", "0")["Run"] == number
