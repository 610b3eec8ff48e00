"""Every way to reach Azure builds: with connection strings and keys, and as a managed identity."""

import base64
import json
from dataclasses import is_dataclass
from types import SimpleNamespace
from typing import get_type_hints

import pytest

from devstack.project import ROOT
from shared.app import adapters
from shared.app.adapters import build_adapters
from shared.app.settings import read_settings
from shared.app.use_cases import build_app
from shared.messaging.sender import ServiceBusQueueSender
from shared.records import queues
from shared.runtime.errors import TransientError

SAMPLE = json.loads((ROOT / "local.settings.sample.json").read_text())["Values"]
IDENTITY = {
    "TableStorageConnection": "",
    "TableStorageConnection__tableServiceUri": "https://state.table.core.windows.net/",
    "ServiceBusConnection": "",
    "ServiceBusConnection__fullyQualifiedNamespace": "bus.servicebus.windows.net",
    "ACS_EMAIL_ACCESS_KEY": "",
    "AZURE_CLIENT_ID": "1b1b1b1b-0000-0000-0000-000000000000",
    "ALLOW_INSECURE_LOCAL_ENDPOINTS": "false",
}


@pytest.mark.parametrize("changes", [{}, IDENTITY], ids=["keys", "identity"])
async def test_app_is_built_from_settings_and_connects_to_all_queues(changes, monkeypatch):
    warmed = []
    monkeypatch.setattr(ServiceBusQueueSender, "warm_up", lambda self, queues: warmed.extend(queues))
    settings = read_settings(SAMPLE | changes)
    adapters = build_adapters(settings)
    app = build_app(settings, adapters)
    found = list(wired(app))
    assert len(found) > 80
    assert [(owner, name) for owner, name, kind, value in found if not isinstance(value, kind)] == []
    assert app.sender is adapters.sender
    assert tuple(warmed) == queues.QUEUES


async def test_a_wrong_key_does_not_keep_the_app_from_starting_and_its_first_use_names_the_setting(
    monkeypatch,
):
    monkeypatch.setattr(ServiceBusQueueSender, "warm_up", lambda self, queues: None)
    wrong = {"PLATFORM_ACCESS_TOKEN_PFX": "bm90IGEga2V5", "MASKINPORTEN_ENCODED_JWK": "bm90IGEga2V5"}
    more = {
        f"MASKINPORTEN_{name}": "https://issuer.example/"
        for name in ("TOKEN_ENDPOINT", "AUDIENCE", "CLIENT_ID")
    }
    settings = read_settings(SAMPLE | wrong | more)
    adapters = build_adapters(settings)
    build_app(settings, adapters)
    with pytest.raises(TransientError, match="PLATFORM_ACCESS_TOKEN_PFX"):
        await adapters.name_register.names(["310128435"], [])
    assert (await adapters.condition_endpoint.ask("https://service.example.no/open")).reason == "no token"


@pytest.mark.parametrize("password", ["new", "former"])
async def test_reports_may_come_with_either_password_while_it_is_exchanged(password, monkeypatch):
    monkeypatch.setattr(ServiceBusQueueSender, "warm_up", lambda self, queues: None)
    exchanged = {
        "SMS_REPORT_USERNAME": "gateway",
        "SMS_REPORT_PASSWORD": "new",
        "SMS_REPORT_FORMER_PASSWORD": "former",
    }
    settings = read_settings(SAMPLE | exchanged)
    sent = base64.b64encode(f"gateway:{password}".encode()).decode()
    build_app(settings, build_adapters(settings)).webhook_credentials.check(
        {"Authorization": f"Basic {sent}"}
    )


def wired(part):
    """Yield (owner, name, class, value) for the fields of the app and its use cases that name a class."""
    for name, kind in get_type_hints(type(part)).items():
        value = getattr(part, name)
        if isinstance(kind, type) and not getattr(kind, "_is_protocol", False):
            yield part, name, kind, value
        if is_dataclass(value) and type(value).__module__.startswith("shared.services"):
            yield from wired(value)


@pytest.mark.parametrize("mail", ["", "2c2c2c2c-0000-0000-0000-000000000000"])
async def test_e_mail_is_sent_with_the_identity_that_is_for_it(mail, monkeypatch):
    asked = []
    identity = SimpleNamespace(get_token=None)
    monkeypatch.setattr(adapters, "_identity", lambda client_id: asked.append(client_id) or identity)
    settings = read_settings(SAMPLE | IDENTITY | {"ACS_EMAIL_CLIENT_ID": mail})
    adapters.email_provider(settings)
    adapters.table_store(settings)
    assert asked == [mail or IDENTITY["AZURE_CLIENT_ID"], IDENTITY["AZURE_CLIENT_ID"]]


def test_secrets_of_webhooks_are_sealed_with_their_own_key_and_read_with_the_others():
    by_ids = adapters.secret_seal(read_settings(SAMPLE))
    own = {"WEBHOOK_SECRETS_KEY": base64.b64encode(b"o" * 32).decode()}
    by_own = adapters.secret_seal(read_settings(SAMPLE | own))
    sealed = by_ids.seal("whsec_x", "row")
    assert by_own.open(sealed, "row") == "whsec_x"
    assert not by_own.is_current(sealed, "row")
    exchanged = {"WEBHOOK_SECRETS_KEY": base64.b64encode(b"n" * 32).decode()}
    exchanged["WEBHOOK_SECRETS_FORMER_KEY"] = own["WEBHOOK_SECRETS_KEY"]
    by_new = adapters.secret_seal(read_settings(SAMPLE | exchanged))
    assert by_new.open(by_own.seal("whsec_y", "row"), "row") == "whsec_y"
    assert "n" * 32 not in repr(read_settings(SAMPLE | exchanged))
