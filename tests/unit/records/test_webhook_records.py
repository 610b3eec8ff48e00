"""Webhooks and their wakes come back as they were written."""

from dataclasses import replace
from datetime import UTC, datetime

import orjson
import pytest

from shared.domain.orders.ids import IdMaker
from shared.domain.orders.shipment import AgendaKey
from shared.domain.webhooks.webhook import Attempt, Lost, Pause, Webhook
from shared.records.columns import Row
from shared.records.webhook_records import (
    WebhookWake,
    dump_webhook_wake,
    is_visited_by,
    load_webhook_wake,
    webhook_columns,
    webhook_in,
)
from shared.runtime.errors import PermanentError

NOW = datetime(2031, 3, 3, 9, tzinfo=UTC)
ITEM = IdMaker(b"0" * 32).random_webhook()
NEW = Webhook(
    item=ITEM, owner="skd", url="https://a.example", secret=b"\0\xff", created_at=NOW, delivered=7, visit="v"
)
USED = replace(
    NEW.rotated(b"two", NOW).paused(Pause.OWNER, NOW).claimed("token", NOW),
    description="blåbær",
    failures=3,
    failing_since=NOW,
    again_at=NOW,
    last_attempt=Attempt(NOW, 8, ok=False, reason="status 500"),
    lost=Lost(1, 2),
    edition=4,
)


@pytest.mark.parametrize("webhook", [NEW, USED])
def test_a_webhook_comes_back(webhook):
    assert webhook_in(Row("skd", "W", "e", webhook_columns(webhook))) == webhook


@pytest.mark.parametrize("wake", [WebhookWake("skd"), WebhookWake("skd", ITEM, AgendaKey("00", "row"))])
def test_a_wake_comes_back(wake):
    assert load_webhook_wake(dump_webhook_wake(wake)) == wake


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"owner": "skd", "id": 1}', b'{"owner": 1, "id": "x"}']
)
def test_another_message_is_no_wake(body):
    with pytest.raises(PermanentError):
        load_webhook_wake(body)


def test_only_its_own_row_visits_a_webhook_that_is_not_paused():
    row = AgendaKey("00", f"20310303T090000.000000Z|{ITEM}|v")
    assert is_visited_by(NEW, row)
    assert not is_visited_by(replace(NEW, visit="w"), row)
    assert not is_visited_by(NEW.paused(Pause.OWNER, NOW), row)
    assert orjson.loads(dump_webhook_wake(WebhookWake("skd"))) == {"owner": "skd"}
