"""Which network addresses a URL from outside may lead to.

Senders choose the addresses we call, so a name could lead into our own network, to a metadata service or to
this machine. IPv4 is open apart from a list of special ranges; of IPv6 only global unicast is open, and of
that not the parts that carry an IPv4 address inside, because those reach IPv4 hosts by another name.
"""

from enum import StrEnum
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

_CLOSED_IPV4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this host, unspecified
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT; Alibaba's metadata service
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's platform address inside every virtual network
        "169.254.0.0/16",  # link-local; metadata and managed identity endpoints of the clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; Oracle's metadata service
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # automatic multicast tunnelling
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_OPEN_IPV6 = IPv6Network(
    "2000::/3"
)  # leaves out ::1, mapped and compatible IPv4, NAT64, fc00::/7, fe80::/10, ff00::/8
_CLOSED_IPV6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
_ISATAP = 0x5EFE  # second 32-bit word of an interface id that carries an IPv4 address


class Reach(StrEnum):
    """How far requests may go."""

    PUBLIC = "public"  # addresses of the public internet: for URLs that callers supply
    PUBLIC_AND_LOOPBACK = "public-and-loopback"  # the same in a local cloud
    ANYWHERE = "anywhere"  # for endpoints from our own settings


def may_connect(address: str, reach: Reach) -> bool:
    """Whether an address, as text and possibly with an IPv6 scope, is within reach."""
    match reach:
        case Reach.ANYWHERE:
            return True
        case Reach.PUBLIC:
            return is_public(address)
        case Reach.PUBLIC_AND_LOOPBACK:
            return is_public(address) or ip_address(address).is_loopback


def is_public(address: str) -> bool:
    """Whether an address, as text, belongs to a host on the public internet."""
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        return (
            parsed in _OPEN_IPV6
            and parsed.scope_id is None
            and not any(parsed in network for network in _CLOSED_IPV6)
            and (int(parsed) >> 32) & 0xFFFF != _ISATAP
        )
    return not any(parsed in network for network in _CLOSED_IPV4)
