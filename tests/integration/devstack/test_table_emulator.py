from urllib.parse import urlsplit

import pytest
from azure.data.tables import TableServiceClient

from devstack.azurite import create_tables
from devstack.errors import DevstackError
from devstack.ports import free_ports


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
