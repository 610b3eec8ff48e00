"""Where requests may go: schemes, addresses behind names, and the certificate of the name."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared.lookups import http_session
from shared.lookups.host_names import resolve
from shared.lookups.http_client import HttpClient, HttpRequest, NoAnswerError
from shared.lookups.http_session import DestinationRefusedError
from tests.support.peer import always, serving

HOST = "condition.example"


def get(url):
    return HttpRequest(method="GET", url=url, total_seconds=5)


@pytest.fixture
def dialled(monkeypatch):
    """Every address that would have been connected to."""
    seen = []

    def refuse(address, *_args, **_kwargs):
        seen.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(http_session, "create_connection", refuse)
    return seen


@pytest.fixture
def make_client():
    made = []

    def make(*answers, **options):
        queue = list(answers)
        options = {"public_only": True, "threads": 1} | options
        if answers:
            options["resolver"] = lambda _host, _port, _seconds: queue.pop(0)
        made.append(HttpClient(**options))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.mark.parametrize(
    "url", ["http://condition.example/", "ftp://condition.example/", "file:///etc/passwd", "x"]
)
async def test_only_https_is_spoken(make_client, dialled, url):
    with pytest.raises(DestinationRefusedError):
        await make_client(["93.184.216.34"]).send(get(url))
    assert dialled == []


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "127.0.0.1", "127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "0", "[::1]", "[::]"),
        *(
            "[::ffff:127.0.0.1]",
            "[::ffff:a9fe:a9fe]",
            "169.254.169.254",
            "10.0.0.1",
            "[fd00::1]",
            "[64:ff9b::7f00:1]",
        ),
        "localhost.",
    ],
)
async def test_spellings_of_internal_addresses_are_refused(make_client, dialled, host):
    with pytest.raises(DestinationRefusedError):
        await make_client().send(get(f"https://{host}/"))
    assert dialled == []


@pytest.mark.parametrize(
    "internal", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fe80::1%1"]
)
async def test_one_internal_address_among_public_ones_is_enough_to_refuse(make_client, dialled, internal):
    with pytest.raises(DestinationRefusedError):
        await make_client(["93.184.216.34", internal]).send(get(f"https://{HOST}/"))
    assert dialled == []


async def test_the_checked_address_is_connected_to_and_the_name_is_not_resolved_again(make_client, dialled):
    client = make_client(["93.184.216.34", "2606:4700::1"], ["127.0.0.1"])
    with pytest.raises(NoAnswerError):
        await client.send(get(f"https://{HOST}:8443/"))
    assert dialled == [("93.184.216.34", 8443), ("2606:4700::1", 8443)]
    with pytest.raises(DestinationRefusedError):  # the name now means something else
        await client.send(get(f"https://{HOST}:8443/"))
    assert len(dialled) == 2


async def test_a_name_that_means_nothing_is_no_answer(make_client, dialled):
    def unknown(_host, _port, _seconds):
        raise http_session.socket.gaierror("unknown")

    with pytest.raises(NoAnswerError):
        await make_client(resolver=unknown).send(get(f"https://{HOST}/"))
    assert dialled == []


async def test_a_local_cloud_reaches_loopback_and_still_no_private_network(make_client, dialled):
    with pytest.raises(DestinationRefusedError):
        await make_client(["10.0.0.1"], insecure_local=True).send(get("http://inside.example/"))
    with pytest.raises(NoAnswerError):
        await make_client(["127.0.0.1"], insecure_local=True).send(get("http://inside.example/"))
    assert dialled == [("127.0.0.1", 80)]


async def test_our_own_settings_may_name_a_private_endpoint(make_client, dialled):
    with pytest.raises(NoAnswerError):
        await make_client(["10.0.0.1"], public_only=False).send(get("https://register.internal/"))
    assert dialled == [("10.0.0.1", 443)]


@pytest.mark.parametrize("sign", ["WEBSITE_INSTANCE_ID", "WEBSITE_POD_NAME"])
def test_insecure_local_endpoints_are_refused_in_azure(monkeypatch, sign):
    monkeypatch.setenv(sign, "a1")
    with pytest.raises(ValueError, match="never for Azure"):
        HttpClient(public_only=True, insecure_local=True)


async def test_tls_verifies_the_name_although_the_address_was_connected_to(make_client, tmp_path):
    context, authorities = self_signed(tmp_path)
    async with serving(always(200, b"{}"), tls=context) as peer:
        trusting = make_client(*[["127.0.0.1"]] * 2, insecure_local=True, authorities=authorities)
        assert (await trusting.send(get(f"https://{HOST}:{peer.port}/"))).ok
        assert peer.received[0].headers["host"] == f"{HOST}:{peer.port}"
        with pytest.raises(NoAnswerError, match="SSLError"):
            await trusting.send(get(f"https://another.example:{peer.port}/"))
        with pytest.raises(NoAnswerError, match="SSLError"):
            await make_client(["127.0.0.1"], insecure_local=True).send(get(f"https://{HOST}:{peer.port}/"))
    assert len(peer.received) == 1


def self_signed(directory):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = directory / "certificate.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret = directory / "key.pem"
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, secret)
    return context, str(pem)


def test_the_system_resolver_gives_each_address_once():
    addresses = resolve("localhost", 443, 5)
    assert addresses
    assert len(set(addresses)) == len(addresses)
    assert all(ip_address(address).is_loopback for address in addresses)
