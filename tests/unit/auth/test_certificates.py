"""The vault in the cloud is asked as the app's own identity, and only for names it can hold."""

import asyncio
from types import SimpleNamespace

import azure.identity
import pytest
from azure.core.exceptions import ClientAuthenticationError

from shared.auth import certificates
from shared.auth.certificates import VaultCertificates
from shared.auth.key_fetch import KeyNotFoundError
from shared.runtime.errors import TooManyRequestsError, UnavailableError
from tests.support.issuer import PassingTime, certificate, rsa_key

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
    vault = VaultCertificates(VAULT, allow_insecure=True, capacity=3)
    issuers = ["digdir", *(f"made-up-{number}" for number in range(10)), "digdir"]
    keys = [await vault.key_of(issuer) for issuer in issuers]
    assert keys[0] is not None
    assert keys[-1] == keys[0]
    assert len(asked) == 11


class Vault:
    """A vault with these issuers that answers when it is let; notes which it was asked for."""

    def __init__(self, monkeypatch, *issuers: str) -> None:
        self.asked: list[str] = []
        self.at_once = self.most_at_once = 0
        self.open = asyncio.Event()
        self.open.set()
        self.is_full = asyncio.Event()  # as many are asked for at once as are let
        self._issuers = issuers
        monkeypatch.setattr(certificates, "fetch_json", self._fetch)

    async def _fetch(self, url: str, **_: object) -> dict[str, str]:
        issuer = url.rpartition("/")[2].partition("-access-token")[0]
        self.asked.append(issuer)
        if issuer in self._issuers:
            return {"value": certificate("digdir")}
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        if self.at_once == 3:
            self.is_full.set()
        await self.open.wait()
        self.at_once -= 1
        raise KeyNotFoundError


def made_up(number: int) -> list[str]:
    return [f"made-up-{each}" for each in range(number)]


async def flood(vault: VaultCertificates, issuers: list[str]) -> list[object]:
    return await asyncio.gather(*(vault.key_of(issuer) for issuer in issuers), return_exceptions=True)


@pytest.mark.parametrize("at_once", [1, 1000])
async def test_made_up_issuers_are_asked_for_within_an_allowance(monkeypatch, at_once):
    source = Vault(monkeypatch)
    vault = VaultCertificates(VAULT, allow_insecure=True)
    issuers = made_up(1000)
    answers = [
        answer for start in range(0, 1000, at_once)
        for answer in await flood(vault, issuers[start : start + at_once])
    ]  # fmt: skip
    assert 60 <= len(source.asked) <= 65
    assert source.most_at_once <= 3
    refused = [answer for answer in answers if answer is not None]
    assert len(refused) == 1000 - len(source.asked)
    assert all(
        isinstance(answer, TooManyRequestsError) and 0 < answer.retry_after <= 60 for answer in refused
    )


async def test_allowance_fills_up_again(monkeypatch):
    source, clock = Vault(monkeypatch), PassingTime()
    vault = VaultCertificates(VAULT, allow_insecure=True, seconds=clock)
    await flood(vault, made_up(200))
    asked = len(source.asked)
    clock.now += 10
    await flood(vault, [f"later-{number}" for number in range(200)])
    assert 10 <= len(source.asked) - asked <= 12


async def test_known_issuer_does_not_wait_behind_made_up_ones(monkeypatch):
    source, clock = Vault(monkeypatch, "digdir"), PassingTime()
    vault = VaultCertificates(VAULT, allow_insecure=True, seconds=clock)
    assert await vault.key_of("digdir") is not None
    clock.now += 301  # so that it is asked for again
    source.open.clear()
    stuck = asyncio.create_task(flood(vault, made_up(1000)))
    await source.is_full.wait()
    async with asyncio.timeout(5):
        assert await vault.key_of("digdir") is not None
    assert source.asked.count("digdir") == 2
    source.open.set()
    await stuck


async def test_listed_issuers_need_no_allowance(monkeypatch):
    source = Vault(monkeypatch)
    vault = VaultCertificates(VAULT, allow_insecure=True)
    await flood(vault, made_up(200))
    asked = len(source.asked)
    for number in range(100):
        assert await vault.key_of(f"listed-{number}", is_listed=True) is None
    assert len(source.asked) == asked + 100


async def test_issuers_with_a_certificate_use_up_no_allowance(monkeypatch):
    names = [f"known-{number}" for number in range(300)]
    source = Vault(monkeypatch, *names)
    vault = VaultCertificates(VAULT, allow_insecure=True)
    assert None not in [await vault.key_of(name) for name in names]
    assert len(source.asked) == 300


async def test_vault_that_fails_uses_up_the_allowance(monkeypatch):
    asked = []

    async def fetch(url: str, **_: object) -> dict[str, str]:
        asked.append(url)
        raise UnavailableError("down")

    monkeypatch.setattr(certificates, "fetch_json", fetch)
    answers = await flood(VaultCertificates(VAULT, allow_insecure=True), made_up(300))
    assert len(asked) <= 65
    assert all(isinstance(answer, UnavailableError | TooManyRequestsError) for answer in answers)


async def test_one_issuer_is_asked_for_once_at_a_time(monkeypatch):
    source = Vault(monkeypatch, "digdir")
    keys = await flood(VaultCertificates(VAULT, allow_insecure=True), ["digdir"] * 200)
    assert None not in keys
    assert source.asked == ["digdir"]


async def test_caller_who_goes_away_does_not_stop_the_question_of_others(monkeypatch):
    source = Vault(monkeypatch)
    source.open.clear()
    vault = VaultCertificates(VAULT, allow_insecure=True)
    first, second = (asyncio.create_task(vault.key_of("somebody")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    source.open.set()
    assert await second is None
    assert source.asked == ["somebody"]
