"""The vault in the cloud is asked as the app's own identity, and only for names it can hold."""

from types import SimpleNamespace

import azure.identity
import pytest
from azure.core.exceptions import ClientAuthenticationError

from shared.auth import certificates
from shared.auth.certificates import VaultCertificates
from shared.auth.key_fetch import KeyNotFoundError
from shared.runtime.errors import UnavailableError
from tests.support.issuer import certificate, rsa_key

VAULT = "https://vault.example.net/"


@pytest.fixture
def asked(monkeypatch) -> list[tuple[str, dict[str, str]]]:
    calls = []

    async def fetch(url: str, *, headers: dict[str, str], allow_insecure: bool) -> dict[str, str]:
        calls.append((url, headers))
        assert not allow_insecure
        return {"value": certificate("digdir")}

    monkeypatch.setattr(certificates, "fetch_json", fetch)
    return calls


async def test_identity_token_is_sent_to_the_vault(asked, monkeypatch):
    scopes = []

    class Identity:
        def get_token(self, scope: str) -> SimpleNamespace:
            scopes.append(scope)
            return SimpleNamespace(token="identity")

    monkeypatch.setattr(azure.identity, "DefaultAzureCredential", Identity)
    key = await VaultCertificates(VAULT).key_of("digdir")
    assert key.public_numbers() == rsa_key("digdir").public_key().public_numbers()
    url = "https://vault.example.net/secrets/digdir-access-token-public-cert?api-version=7.4"
    assert asked == [(url, {"Authorization": "Bearer identity"})]
    assert scopes == ["https://vault.azure.net/.default"]


async def test_without_identity_the_vault_is_unavailable(asked, monkeypatch):
    class Identity:
        def get_token(self, _scope: str) -> None:
            raise ClientAuthenticationError("none here")

    monkeypatch.setattr(azure.identity, "DefaultAzureCredential", Identity)
    with pytest.raises(UnavailableError):
        await VaultCertificates(VAULT).key_of("digdir")
    assert asked == []


@pytest.mark.parametrize("issuer", ["", "../x", "a b", "a/b", "å", "a?b", "x" * 101, "a\n"])
async def test_names_no_secret_can_have_are_not_asked_for(asked, issuer):
    assert await VaultCertificates(VAULT).key_of(issuer) is None
    assert asked == []


async def test_made_up_issuers_do_not_push_out_a_certificate_that_was_found(monkeypatch):
    asked = []

    async def fetch(url: str, **_: object) -> dict[str, str]:
        asked.append(url)
        if "digdir" not in url:
            raise KeyNotFoundError
        return {"value": certificate("digdir")}

    monkeypatch.setattr(certificates, "fetch_json", fetch)
    monkeypatch.setattr(certificates, "_CAPACITY", 3)
    vault = VaultCertificates(VAULT, allow_insecure=True)
    issuers = ["digdir", *(f"made-up-{number}" for number in range(10)), "digdir"]
    keys = [await vault.key_of(issuer) for issuer in issuers]
    assert keys[0] is not None
    assert keys[-1] == keys[0]
    assert len(asked) == 11
