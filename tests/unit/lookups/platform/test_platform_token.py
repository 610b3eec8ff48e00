"""The token by which the app shows Register who it is."""

import base64
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import NoEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import NameOID

from shared.lookups.platform.platform_token import PlatformTokenIssuer
from shared.runtime.errors import UnavailableError


def certificate_of(key):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "platform")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return builder.sign(key, SHA256())


def pfx_of(key):
    bundle = serialize_key_and_certificates(b"platform", key, certificate_of(key), None, NoEncryption())
    return base64.b64encode(bundle).decode()


@pytest.fixture(scope="module")
def key():
    return generate_private_key(65537, 2048)


def test_token_says_who_we_are_and_verifies_with_the_certificate(key):
    now = datetime.now(UTC).timestamp()
    token = PlatformTokenIssuer(pfx_of(key), wall_clock=lambda: now).headers()["PlatformAccessToken"]
    claims = jwt.decode(token, key.public_key(), algorithms=["RS256"], audience="platform.altinn.no")
    assert (claims["iss"], claims["urn:altinn:app"]) == ("platform", "notifications")
    assert (claims["nbf"], claims["exp"]) == (int(now) - 5, int(now) + 300)
    thumbprint = certificate_of(key).fingerprint(SHA1()).hex().upper()
    assert len(jwt.get_unverified_header(token)["kid"]) == len(thumbprint)


def test_token_is_used_until_shortly_before_it_expires(key):
    now = datetime.now(UTC).timestamp()
    issuer = PlatformTokenIssuer(pfx_of(key), wall_clock=lambda: now)
    first = issuer.headers()
    now += 294
    assert issuer.headers() == first
    now += 1
    assert issuer.headers() != first


@pytest.mark.parametrize("pfx", ["hemmelig!", base64.b64encode(b"not a certificate").decode()])
def test_what_cannot_be_read_is_named_by_its_setting_at_first_use_and_not_quoted(pfx):
    issuer = PlatformTokenIssuer(pfx)
    for _ in range(2):
        with pytest.raises(
            UnavailableError, match="PLATFORM_ACCESS_TOKEN_PFX is not base64 PKCS#12"
        ) as error:
            issuer.headers()
        assert pfx not in str(error.value)
        assert error.value.__cause__ is None


def test_only_rsa_keys_sign():
    with pytest.raises(UnavailableError, match="PLATFORM_ACCESS_TOKEN_PFX has no private RSA key"):
        PlatformTokenIssuer(pfx_of(generate_ec_key(SECP256R1()))).headers()
