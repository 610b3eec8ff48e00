"""What a webhook may be, and what is said of one that may not."""

import json

import pytest

from shared.contracts.reading.order_defaults import Defaults
from shared.contracts.webhooks.request import (
    MAX_DESCRIPTION_LENGTH,
    MAX_URL_LENGTH,
    read_new_webhook,
    read_webhook_change,
    read_webhook_replay,
)
from shared.runtime.errors import RequestInvalidError

URL = "https://service.example.no/hook?key=1"
AZURE = Defaults("noreply@altinn.cloud", "Altinn")
LOCAL = Defaults("noreply@altinn.cloud", "Altinn", insecure_endpoints=True)


def read(defaults=AZURE, **members):
    return read_new_webhook(json.dumps({"url": URL} | members).encode(), defaults=defaults)


def errors(**members):
    with pytest.raises(RequestInvalidError) as refused:
        read(**members)
    return set(refused.value.errors)


def test_its_address_is_all_that_it_needs():
    webhook = read()
    assert (webhook.url, webhook.description, webhook.first) == (URL, None, None)
    assert "key=1" not in repr(webhook)


def test_all_members():
    webhook = read(description="  Case system ", fromSequenceNumber=7)
    assert (webhook.description, webhook.first) == ("Case system", 7)
    change = read_webhook_change(json.dumps({"url": URL}).encode(), defaults=AZURE)
    assert (change.url, change.description) == (URL, None)


@pytest.mark.parametrize(
    "url",
    [
        "http://service.example.no/",
        "ftp://service.example.no/",
        "service.example.no",
        "https://",
        "https:///path",
        "https://user:password@service.example.no/",
        "https://service.example.no/a b",
        "https://service.example.no:0/",
        f"https://service.example.no/{'x' * MAX_URL_LENGTH}",
    ],
)
def test_addresses_that_are_refused(url):
    assert errors(url=url) == {"Url"}


def test_plain_http_is_for_a_local_cloud():
    assert read(LOCAL, url="http://127.0.0.1:7/").url == "http://127.0.0.1:7/"


def test_what_else_is_refused():
    assert errors(description="x" * (MAX_DESCRIPTION_LENGTH + 1)) == {"Description"}
    for number in (0, -1, 1.5, "1", True, 2**63):
        assert "$.fromSequenceNumber" in errors(fromSequenceNumber=number)


def test_a_replay_says_from_where():
    assert read_webhook_replay(b'{"fromSequenceNumber": 9}') == 9
    with pytest.raises(RequestInvalidError):
        read_webhook_replay(b"{}")
