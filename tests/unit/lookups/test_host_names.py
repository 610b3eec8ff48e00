"""Names that come from outside: looked up in time, and a silent name server keeps nobody's thread."""

import asyncio
import socket
from time import monotonic

import pytest

from shared.lookups.host_names import NameServers
from shared.lookups.http_client import HttpClient, HttpRequest, NoAnswerError
from tests.support.name_server import UNKNOWN, name_server
from tests.support.peer import always, serving


async def look_up(names, host, seconds=5.0):
    return await asyncio.to_thread(NameServers(names.resolver), host, 443, seconds)


@pytest.mark.parametrize(
    ("meaning", "expected"),
    [
        ("192.0.2.1", ["192.0.2.1"]),
        ("192.0.2.1 192.0.2.2", ["192.0.2.1", "192.0.2.2"]),
        ("192.0.2.1 2001:db8::1", ["192.0.2.1"]),
        ("2001:db8::1", ["2001:db8::1"]),
    ],
)
async def test_ipv4_addresses_are_used_and_others_only_where_there_are_none(meaning, expected):
    async with name_server(host=meaning) as names:
        assert sorted(await look_up(names, "host.example")) == expected


@pytest.mark.parametrize("host", ["gone.example", "bare.example", "silent.example", "a..b", "-" * 64 + ".x"])
async def test_a_name_without_address_is_an_error_of_a_resolver(host):
    async with name_server(gone=UNKNOWN, bare="") as names:
        with pytest.raises(socket.gaierror):
            await look_up(names, host, seconds=0.2)


@pytest.mark.parametrize("host", ["127.1", "0x7f.0.0.1", "2130706433", "::1", "localhost", "a.LOCALHOST."])
async def test_written_addresses_and_this_machine_are_not_asked_for(host):
    async with name_server() as names:
        assert set(await look_up(names, host)) <= {"127.0.0.1", "::1"}
    assert not names.asked


async def test_a_lost_datagram_is_asked_for_again():
    async with name_server() as names:
        looking = asyncio.create_task(look_up(names, "late.example"))
        await asyncio.wait_for(names.first_asked.wait(), 5)
        names.names = {"late.example": "192.0.2.1"}
        assert await looking == ["192.0.2.1"]


@pytest.mark.parametrize("hosts", [["silent"] * 32, [f"silent{number}" for number in range(32)]])
async def test_silent_name_servers_keep_no_thread(hosts):
    async with name_server(good="127.0.0.1") as names, serving(always(200)) as peer:
        client = HttpClient(
            public_only=True, insecure_local=True, threads=2, resolver=NameServers(names.resolver)
        )

        def get(host, seconds):
            return client.send(
                HttpRequest(method="GET", url=f"http://{host}.example:{peer.port}/", total_seconds=seconds)
            )

        try:
            failed = await asyncio.gather(*(get(host, 0.2) for host in hosts), return_exceptions=True)
            assert all(isinstance(error, NoAnswerError) for error in failed)
            began = monotonic()
            assert (await get("good", 5)).ok
            assert monotonic() - began < 2
        finally:
            client.close()
