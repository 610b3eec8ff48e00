"""A name server on the loopback interface that knows a few names and is silent about all others."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import dns.message
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset

UNKNOWN = "unknown"  # what a name means that does not exist


@dataclass(slots=True)
class NameServer(asyncio.DatagramProtocol):
    """Answers for `names`: each means addresses, separated by blanks, or UNKNOWN."""

    names: Mapping[str, str]
    asked: Counter[str] = field(default_factory=Counter)
    first_asked: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0
    _transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.DatagramTransport)
        self._transport, self.port = transport, transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        [question] = query.question
        name = question.name.to_text(omit_final_dot=True)
        self.asked[name] += 1
        self.first_asked.set()
        if (meaning := self.names.get(name)) is None:
            return
        response = dns.message.make_response(query)
        if meaning == UNKNOWN:
            response.set_rcode(dns.rcode.NXDOMAIN)
        addresses = [
            address
            for address in meaning.replace(UNKNOWN, "").split()
            if (":" in address) == (question.rdtype == dns.rdatatype.AAAA)
        ]
        if addresses:
            response.answer.append(dns.rrset.from_text(question.name, 60, "IN", question.rdtype, *addresses))
        assert self._transport is not None
        self._transport.sendto(response.to_wire(), addr)

    def resolver(self) -> dns.resolver.Resolver:
        """Return a resolver that asks this server only."""
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], self.port
        return resolver


@contextlib.asynccontextmanager
async def name_server(**names: str) -> AsyncIterator[NameServer]:
    """Serve names of `.example`, given without it."""
    server = NameServer({f"{name}.example": meaning for name, meaning in names.items()})
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: server, local_addr=("127.0.0.1", 0))
    try:
        yield server
    finally:
        transport.close()
