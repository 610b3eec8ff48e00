"""Every way to reach Azure builds: with connection strings and keys, and as a managed identity."""

import json
from dataclasses import is_dataclass
from typing import get_type_hints

import pytest

from devstack.project import ROOT
from shared.app.adapters import build_adapters
from shared.app.settings import read_settings
from shared.app.use_cases import build_app
from shared.messaging.sender import ServiceBusQueueSender

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
    assert len(warmed) == 5


def wired(part):
    """Yield (owner, name, class, value) for the fields of the app and its use cases that name a class."""
    for name, kind in get_type_hints(type(part)).items():
        value = getattr(part, name)
        if isinstance(kind, type) and not getattr(kind, "_is_protocol", False):
            yield part, name, kind, value
        if is_dataclass(value) and type(value).__module__.startswith("shared.services"):
            yield from wired(value)
