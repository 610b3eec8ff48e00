"""The addresses of host names that come from outside, looked up within a time limit.

A thread in the system's resolver cannot be stopped: a name server that stays silent keeps it for half a
minute, and a few such names would use up all threads. So the name servers of the system are asked by a
resolver that gives up in time. The hosts file is not read: a name from outside has no business in it.
"""

import socket
from collections.abc import Callable, Sequence

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver

LOOKUP_SECONDS = 3.0
_TRY_SECONDS = 1.0  # then the next name server is asked, or the same once more: a datagram may be lost
_LOOPBACK = ("127.0.0.1", "::1")


class NameServers:
    """A `Resolver` that asks the name servers which `make_resolver` knows."""

    def __init__(self, make_resolver: Callable[[], dns.resolver.Resolver] = dns.resolver.Resolver) -> None:
        self._make_resolver = make_resolver

    def __call__(self, host: str, port: int, seconds: float) -> Sequence[str]:
        """Return the IPv4 addresses of a host, or its IPv6 addresses if it has no others.

        `socket.gaierror`: there are none, or no answer came within `seconds`, or within `LOOKUP_SECONDS`.
        """
        if written := _written(host, port):
            return written
        name = host.rstrip(".").lower()
        if name == "localhost" or name.endswith(".localhost"):  # RFC 6761: never asked for
            return _LOOPBACK
        try:
            return self._asked(host, min(seconds, LOOKUP_SECONDS))
        except dns.exception.DNSException as error:
            raise socket.gaierror(type(error).__name__) from error

    def _asked(self, host: str, seconds: float) -> list[str]:
        resolver = self._make_resolver()
        resolver.timeout, resolver.lifetime = _TRY_SECONDS, seconds
        name = dns.name.from_text(host)
        try:
            answer = resolver.resolve(name, dns.rdatatype.A, search=False)
        except dns.resolver.NoAnswer:
            answer = resolver.resolve(name, dns.rdatatype.AAAA, search=False)
        return [str(record) for record in answer]


def resolve(host: str, port: int, seconds: float) -> Sequence[str]:
    """Return what the system's resolver knows of a host of our own settings, however long that takes."""
    return _addresses(host, port, 0)


def _written(host: str, port: int) -> list[str]:
    """Return the address that a host is, in any spelling of it; nothing if it is a name."""
    try:
        return _addresses(host, port, socket.AI_NUMERICHOST)
    except (socket.gaierror, UnicodeError):
        return []


def _addresses(host: str, port: int, flags: int) -> list[str]:
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in answers))
