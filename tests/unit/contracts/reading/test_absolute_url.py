import pytest

from shared.contracts.reading.absolute_url import split_url

LABEL = "a" * 63
HOST_253 = ".".join([LABEL, LABEL, LABEL, "b" * 58, "no"])


@pytest.mark.parametrize(
    "host",
    [
        "example.no",
        "example.no.",
        "EXAMPLE.no",
        "a",
        "x-y.no",
        "-x.no",
        "x_y.no",
        f"{LABEL}.no",
        HOST_253,
        f"{HOST_253}.",
        "blåbær.no",
        "blåbær\u3002no",
        "127.0.0.1",
        "1.2.3.4.5",
        "[::1]",
        "[2001:db8::1]:8443",
        "user:secret@example.no:443",
        "example.no:",
    ],
)
def test_hosts_that_can_exist(host):
    assert split_url(f"https://{host}/x?y#z")


@pytest.mark.parametrize(
    "host",
    [
        "",
        ".",
        "..",
        "vg..no",
        ".vg.no",
        "vg.no..",
        "blåbær..no",
        "blåbær\u3002\u3002no",
        f"{LABEL}a.no",
        f"x.{LABEL}a",
        "å" * 63 + ".no",
        HOST_253.replace("b", "bb", 1),
        "*.vg.no",
        "vg,no",
        "vg%2eno",
        "a%20b.no",
        "v\u202eg.no",
        "v g.no",
        "vg.no:0",
        "vg.no:65536",
        "vg.no:x",
        "vg.no:-1",
        "[::1",
        "[v1.a]",
        "[example.no]",
        "@",
        ":443",
    ],
)
def test_hosts_and_ports_that_cannot(host):
    assert split_url(f"https://{host}/") is None
