"""Tokens verify with the published keys, except those that are wrong on purpose."""

import base64

import jwt
import pytest
from cryptography import x509

from devstack.tests.support.simulators import Cloud


async def token(cloud: Cloud, **wanted: object) -> str:
    return (await cloud.control("POST", "/token", wanted))["token"]


async def verified(cloud: Cloud, value: str) -> dict[str, object]:
    async with cloud.http.get(cloud.url("issuer", "/.well-known/openid-configuration")) as answer:
        discovery = await answer.json()
    async with cloud.http.get(discovery["jwks_uri"]) as answer:
        keys = jwt.PyJWKSet.from_dict(await answer.json())
    key = keys[jwt.get_unverified_header(value)["kid"]]
    return jwt.decode(value, key, algorithms=["RS256"], issuer=discovery["issuer"], audience="altinn.no")


async def test_a_token_verifies_with_the_published_keys(cloud):
    claims = await verified(cloud, await token(cloud, org="skd", scope="a b", expiresIn=60))
    assert (claims["urn:altinn:org"], claims["scope"]) == ("skd", "a b")
    assert claims["consumer"]["ID"].startswith("0192:")
    assert claims["exp"] - claims["iat"] == 60


async def test_a_token_can_lack_an_organisation_and_carry_other_claims(cloud):
    claims = await verified(cloud, await token(cloud, noOrg=True, claims={"pid": "1"}))
    assert "urn:altinn:org" not in claims
    assert claims["pid"] == "1"


@pytest.mark.parametrize(
    ("flaw", "error"),
    [
        ("expired", jwt.ExpiredSignatureError),
        ("not-yet-valid", jwt.ImmatureSignatureError),
        ("foreign-key", jwt.InvalidSignatureError),
        ("alg-none", jwt.InvalidAlgorithmError),
        ("hmac-with-public-key", jwt.InvalidAlgorithmError),
        ("wrong-audience", jwt.InvalidAudienceError),
        ("wrong-issuer", jwt.InvalidIssuerError),
    ],
)
async def test_flawed_tokens_are_refused_for_their_flaw(cloud, flaw, error):
    with pytest.raises(error):
        await verified(cloud, await token(cloud, flaw=flaw))


async def test_a_token_can_lack_an_expiry(cloud):
    assert "exp" not in await verified(cloud, await token(cloud, flaw="no-expiry"))


async def test_a_platform_token_verifies_with_the_certificate_in_the_vault(cloud):
    value = await token(cloud, org="digdir", platform="an-app")
    path = "/secrets/digdir-access-token-public-cert?api-version=7.4"
    async with cloud.http.get(cloud.url("vault", path)) as answer:
        certificate = x509.load_der_x509_certificate(base64.b64decode((await answer.json())["value"]))
    claims = jwt.decode(value, certificate.public_key(), algorithms=["RS256"], audience="platform.altinn.no")
    assert (claims["iss"], claims["urn:altinn:app"]) == ("digdir", "an-app")
    foreign = await token(cloud, org="digdir", platform="an-app", flaw="foreign-key")
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(foreign, certificate.public_key(), algorithms=["RS256"], audience="platform.altinn.no")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/secrets/nobody-access-token-public-cert?api-version=7.4", 404),
        ("/secrets/other?api-version=7.4", 404),
        ("/secrets/nobody-access-token-public-cert", 400),
    ],
)
async def test_the_vault_has_no_other_secrets(cloud, path, status):
    async with cloud.http.get(cloud.url("vault", path)) as answer:
        assert answer.status == status


@pytest.mark.parametrize(
    "wanted", [{"flaw": "ugly"}, {"claims": []}, {"noOrg": True, "platform": "a"}, {"expiresIn": "x"}]
)
async def test_token_requests_that_make_no_sense_are_refused(cloud, wanted):
    async with cloud.http.post(cloud.url("control", "/token"), json=wanted) as answer:
        assert answer.status == 400
