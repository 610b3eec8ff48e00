"""Answers to owners about their webhooks. A secret is shown once, when it is made."""

from datetime import datetime
from typing import Literal, TypedDict

from shared.contracts.answers.json_out import without_nulls
from shared.contracts.answers.wire_types import Instant, Url, Uuid
from shared.contracts.reading.timestamps import format_instant
from shared.domain.webhooks.webhook import Attempt, Lost, Pause, Webhook

type WebhookStatus = Literal["Active", "Paused"]


class WebhookAttemptAnswer(TypedDict):
    """The latest call with an entry."""

    at: Instant
    sequenceNumber: int
    delivered: bool
    result: str


class LostEntriesAnswer(TypedDict):
    """Entries that were deleted before they were delivered."""

    firstSequenceNumber: int
    lastSequenceNumber: int


class WebhookAnswer(TypedDict):
    """A webhook and how far it has come; `newestSequenceNumber` is that of the feed."""

    id: Uuid
    url: Url
    description: str | None
    status: WebhookStatus
    pauseReason: Pause | None
    pausedAt: Instant | None
    createdAt: Instant
    deliveredSequenceNumber: int
    newestSequenceNumber: int
    failures: int
    failingSince: Instant | None
    nextAttemptAt: Instant | None
    lastAttempt: WebhookAttemptAnswer | None
    lostEntries: LostEntriesAnswer | None
    formerSecretUntil: Instant | None


class WebhookWithSecretAnswer(WebhookAnswer):
    """A webhook, and the secret that was made for it."""

    secret: str


class WebhookListAnswer(TypedDict):
    """The webhooks of an owner."""

    webhooks: list[WebhookAnswer]


class WebhookTestAnswer(TypedDict):
    """What came of a test call."""

    messageId: str
    delivered: bool
    result: str
    durationMilliseconds: int


def webhook_answer(webhook: Webhook, newest: int, now: datetime) -> WebhookAnswer:
    """Build a webhook; `newest` is the number of its owner's newest entry."""
    has_former = len(webhook.secrets(now)) > 1
    answer: WebhookAnswer = {
        "id": str(webhook.item),
        "url": webhook.url,
        "description": webhook.description,
        "status": "Paused" if webhook.pause else "Active",
        "pauseReason": webhook.pause,
        "pausedAt": _instant(webhook.paused_at),
        "createdAt": format_instant(webhook.created_at),
        "deliveredSequenceNumber": webhook.delivered,
        "newestSequenceNumber": newest,
        "failures": webhook.failures,
        "failingSince": _instant(webhook.failing_since),
        "nextAttemptAt": _instant(webhook.again_at),
        "lastAttempt": None if webhook.last_attempt is None else _attempt(webhook.last_attempt),
        "lostEntries": None if webhook.lost is None else _lost(webhook.lost),
        "formerSecretUntil": _instant(webhook.former_until) if has_former else None,
    }
    return without_nulls(answer)


def webhook_with_secret(webhook: Webhook, secret: str, newest: int, now: datetime) -> WebhookWithSecretAnswer:
    """Build a webhook with the secret that was made for it."""
    return {**webhook_answer(webhook, newest, now), "secret": secret}


def webhook_list(webhooks: list[Webhook], newest: int, now: datetime) -> WebhookListAnswer:
    """Build the list of an owner's webhooks."""
    return {"webhooks": [webhook_answer(webhook, newest, now) for webhook in webhooks]}


def webhook_test(message_id: str, result: str, seconds: float, *, delivered: bool) -> WebhookTestAnswer:
    """Build what came of a test call."""
    return {
        "messageId": message_id,
        "delivered": delivered,
        "result": result,
        "durationMilliseconds": round(seconds * 1000),
    }


def _attempt(attempt: Attempt) -> WebhookAttemptAnswer:
    return {
        "at": format_instant(attempt.at),
        "sequenceNumber": attempt.number,
        "delivered": attempt.ok,
        "result": attempt.reason,
    }


def _lost(lost: Lost) -> LostEntriesAnswer:
    return {"firstSequenceNumber": lost.first, "lastSequenceNumber": lost.last}


def _instant(at: datetime | None) -> str | None:
    return None if at is None else format_instant(at)
