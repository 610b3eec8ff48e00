"""How a webhook is written into its row, and what the messages of its queue say."""

from base64 import b64decode, b64encode
from dataclasses import astuple, dataclass
from typing import Any

import orjson

from shared.domain.orders.ids import ItemId, known_id
from shared.domain.orders.shipment import AgendaKey
from shared.domain.webhooks.webhook import Attempt, Lease, Lost, Pause, Webhook
from shared.records.agenda_entry import agenda_parts
from shared.records.columns import Columns, Row
from shared.records.failures import members_of
from shared.records.forms import INSTANT, Form, Way, enum
from shared.runtime.errors import PermanentError

_COLUMN = "Webhook"
_BYTES: Way = (lambda value: b64encode(value).decode(), b64decode)
_ATTEMPT = Form(Attempt, {"at": ("at", INSTANT), "number": "number", "ok": "ok", "reason": "reason"})
_LOST = Form(Lost, {"first": "first", "last": "last"})
_LEASE = Form(Lease, {"token": "token", "until": ("until", INSTANT)})
_WEBHOOK = Form(
    Webhook,
    {
        "item": ("id", (str, known_id)),
        "owner": "owner",
        "url": "url",
        "description": "description",
        "secret": ("secret", _BYTES),
        "former_secret": ("formerSecret", _BYTES),
        "former_until": ("formerUntil", INSTANT),
        "created_at": ("createdAt", INSTANT),
        "delivered": "delivered",
        "visit": "visit",
        "pause": ("pause", enum(Pause)),
        "paused_at": ("pausedAt", INSTANT),
        "failures": "failures",
        "failing_since": ("failingSince", INSTANT),
        "again_at": ("againAt", INSTANT),
        "last_attempt": ("lastAttempt", _ATTEMPT.way),
        "lost": ("lost", _LOST.way),
        "edition": "edition",
        "lease": ("lease", _LEASE.way),
    },
)


@dataclass(frozen=True, slots=True)
class WebhookWake:
    """Deliver to one webhook of an owner, or to all without `item`; `agenda` is the row whose visit it is."""

    owner: str
    item: ItemId | None = None
    agenda: AgendaKey | None = None


def webhook_columns(webhook: Webhook) -> Columns:
    """Return the columns of a webhook."""
    return {_COLUMN: orjson.dumps(_WEBHOOK.dump(webhook)).decode()}


def webhook_in(row: Row) -> Webhook:
    """Read a webhook; KeyError, TypeError or ValueError when the row holds none."""
    return _WEBHOOK.load(orjson.loads(str(row.columns[_COLUMN])))


def is_visited_by(webhook: Webhook, agenda: AgendaKey) -> bool:
    """Whether a row of the agenda is the one of this webhook, which has one while it is not paused."""
    return webhook.pause is None and agenda_parts(agenda.row_key)[2] == webhook.visit


def dump_webhook_wake(wake: WebhookWake) -> bytes:
    """Return the body of a wake of webhooks."""
    value: dict[str, Any] = {"owner": wake.owner}
    if wake.item is not None:
        value["id"] = str(wake.item)
    if wake.agenda is not None:
        value["agenda"] = astuple(wake.agenda)
    return orjson.dumps(value)


def load_webhook_wake(body: bytes) -> WebhookWake:
    """Read a wake of webhooks; PermanentError when it is none."""
    value = members_of(body)
    try:
        if value is None:
            raise ValueError("no JSON object")
        item = known_id(str(value["id"])) if "id" in value else None
        agenda = AgendaKey(*value["agenda"]) if "agenda" in value else None
        return WebhookWake(str(value["owner"]), item, agenda)
    except (KeyError, TypeError, ValueError) as error:
        raise PermanentError("not a wake of webhooks") from error
