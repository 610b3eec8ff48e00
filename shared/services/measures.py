"""Every metric of the service, declared once; use cases put values where things happen.

Times and levels are in business time. A result counts when it is stored, which happens once, so a repeated
report counts nothing. `sent` counts what providers took; a repeat that they recognised as such counts again.
"""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus

from shared.domain.orders.lifetime import might_leave_at
from shared.domain.orders.notification import EmailResult, Notification, SmsResult
from shared.domain.orders.order import Channel
from shared.domain.orders.shipment import ShipmentState
from shared.domain.sending.send_window import SendWindow
from shared.ports.sending import SendOutcome, SendStatus
from shared.records.shipment_rows import StoredShipment
from shared.runtime.telemetry.meters import Kind, Metric

ACCEPTED = Metric("accepted", Kind.COUNT, "shipments", "accepted: orders, and their reminders")
SENT = Metric("sent", Kind.COUNT, "notifications", "taken by a provider", ("channel",))
TIME_TO_SENT = Metric(
    "time_to_sent", Kind.TIME, "seconds", "from when it might be sent until a provider had it", ("channel",)
)
DELIVERED = Metric(
    "delivered", Kind.COUNT, "notifications", "delivered, as their provider says", ("channel",)
)
TIME_TO_DELIVERED = Metric(
    "time_to_delivered",
    Kind.TIME,
    "seconds",
    "from when it might be sent until it was delivered",
    ("channel",),
)
FAILED = Metric("failed", Kind.COUNT, "notifications", "failed for good", ("channel", "reason"))
HELD = Metric("held", Kind.COUNT, "shipments and pages", "put off until the send window opens")
PROVIDER_TROUBLE = Metric(
    "provider_trouble",
    Kind.COUNT,
    "calls",
    "that a provider did not carry out: throttled, server_error, settings or unanswered",
    ("provider", "kind"),
)
IN_DOUBT = Metric("in_doubt", Kind.COUNT, "calls", "whose answer was lost", ("provider",))
OLDEST_DUE = Metric("oldest_due", Kind.LEVEL, "seconds", "by which the oldest order that is due is late")
BACKLOG_AGE = Metric(
    "backlog_age", Kind.LEVEL, "seconds", "that the oldest message of a queue waits", ("queue",)
)
FEED_LAG = Metric("feed_lag", Kind.TIME, "seconds", "from the end of a shipment until it was in the feed")
WEBHOOK_LAG = Metric(
    "webhook_lag", Kind.TIME, "seconds", "from the end of a shipment until a webhook took its entry"
)
WEBHOOK_CALLS = Metric(
    "webhook_calls", Kind.COUNT, "calls", "of webhooks: taken, refused or unanswered", ("result",)
)
WEBHOOKS_PAUSED = Metric(
    "webhooks_paused", Kind.COUNT, "webhooks", "paused because their endpoints took nothing", ("reason",)
)
PURGE_LAG = Metric("purge_lag", Kind.LEVEL, "seconds", "by which the oldest data to delete is late")
DEAD_LETTERS = Metric("dead_letters", Kind.COUNT, "messages", "kept as dead letters", ("queue",))


def count_sent(
    channel: Channel,
    stored: StoredShipment,
    answers: Sequence[SendOutcome],
    now: datetime,
    window: SendWindow,
) -> None:
    """Count the messages of a row that a provider has taken, and how long that took."""
    taken = sum(answer.status is SendStatus.ACCEPTED for answer in answers)
    if not taken:
        return
    SENT.put(taken, channel=channel.value)
    seconds = _since(stored, channel, now, window)
    for _ in range(taken):
        TIME_TO_SENT.put(seconds, channel=channel.value)


def count_results(window: SendWindow, before: StoredShipment, after: ShipmentState) -> None:
    """Count the results that a row has now and did not have before."""
    known = {n.slot: n.result for n in before.state.notifications}
    for notification in after.notifications:
        if notification.result is not known.get(notification.slot):
            _count_result(window, before, notification)


def _count_result(window: SendWindow, stored: StoredShipment, notification: Notification) -> None:
    channel = notification.channel
    if notification.result in (EmailResult.DELIVERED, SmsResult.DELIVERED):
        DELIVERED.put(channel=channel.value)
        TIME_TO_DELIVERED.put(_since(stored, channel, notification.at, window), channel=channel.value)
    elif not notification.is_pending:
        FAILED.put(channel=channel.value, reason=notification.result.value)


def count_trouble(provider: str, outcome: SendOutcome) -> None:
    """Count a call that a provider did not carry out, by what it said."""
    if outcome.is_answer:
        return
    if outcome.http_status == HTTPStatus.TOO_MANY_REQUESTS:
        kind = "throttled"
    elif outcome.wrong_settings is not None:
        kind = "settings"
    elif outcome.http_status is not None and outcome.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        kind = "server_error"
    else:
        kind = "unanswered"
    PROVIDER_TROUBLE.put(provider=provider, kind=kind)
    if outcome.status is SendStatus.IN_DOUBT:
        IN_DOUBT.put(provider=provider)


def _since(stored: StoredShipment, channel: Channel, at: datetime, window: SendWindow) -> float:
    """Return how many seconds after it might have left something happened to a message."""
    left = might_leave_at(stored.order, stored.item, channel, stored.created_at, window)
    return max(0.0, (at - left).total_seconds())
