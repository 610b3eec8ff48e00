import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.lookups.addresses import Reach, is_public, may_connect

CLOSED = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1"),
    *(
        "127.255.255.254",
        "168.63.129.16",
        "169.254.169.254",
        "169.254.170.2",
        "169.254.255.254",
        "100.100.100.200",
    ),
    *(
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.31.196.1",
        "192.52.193.1",
        "192.88.99.1",
    ),
    *("192.168.0.1", "192.168.255.255", "192.175.48.1", "198.18.0.1", "198.19.255.255", "198.51.100.1"),
    *("203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:93.184.216.34"),
    *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "100::1", "2001::1", "2001:0:1::1"),
    *("2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::1", "2620:4f:8000::1", "3fff::1", "5f00::1"),
    *("fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2a00::5efe:a00:1"),
    "2a00:1450::1%3",
]
OPEN = [
    *(
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
    ),
    *(
        "168.63.129.15",
        "169.253.255.255",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "223.255.255.255",
    ),
    *("2001:200::1", "2606:4700::1111", "2a00:1450:400f::8a"),
]


@pytest.mark.parametrize("address", CLOSED)
def test_special_addresses_are_closed(address):
    assert not is_public(address)
    assert not may_connect(address, Reach.PUBLIC)


@pytest.mark.parametrize("address", OPEN)
def test_addresses_of_the_internet_are_open(address):
    assert is_public(address)


@given(st.ip_addresses(network="0.0.0.0/0") | st.ip_addresses(network="::/0"))
def test_nothing_is_open_that_the_standard_library_calls_special(address):
    special = address.is_private or address.is_multicast or address.is_reserved or not address.is_global
    assert not (special and is_public(str(address)))


@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:0:0", "::", "64:ff9b::", "64:ff9b:1::"]))
def test_no_ipv4_address_can_be_reached_inside_an_ipv6_one(address, prefix):
    from ipaddress import IPv6Address

    assert not is_public(str(IPv6Address(int(IPv6Address(prefix)) | int(address))))


@pytest.mark.parametrize(
    ("address", "local"),
    [("127.0.0.1", True), ("::1", True), ("10.0.0.1", False), ("169.254.169.254", False)],
)
def test_a_local_cloud_adds_loopback_and_nothing_else(address, local):
    assert may_connect(address, Reach.PUBLIC_AND_LOOPBACK) is local
    assert may_connect(address, Reach.ANYWHERE)
