"""The webhook for delivery reports of the SMS gateway; it acknowledges when every report is on the queue."""

import asyncio
import hashlib
from collections.abc import Sequence
from itertools import batched

import azure.functions as func

from functions.answers import BodyTooLargeError, endpoint
from shared.app.use_cases import App
from shared.domain.orders.notification import Outcome
from shared.ports.queues import QueuedMessage
from shared.providers.link_reports import (
    MAX_BYTES,
    LinkReport,
    acknowledgement,
    parse_reports,
)
from shared.records import queues
from shared.records.messages import dump_sms_report
from shared.runtime.errors import TransientError, UnsupportedMediaTypeError

_MEDIA_TYPES = ("", "application/xml", "text/xml", "text/plain")
_ENQUEUE_SECONDS = 10.0
_REPORTS_AT_ONCE = 200  # other requests get their turn between
_BYTES_ON_LOOP = 32 * 1024  # read within a few milliseconds; what is larger is read on a thread

bp = func.Blueprint()


@endpoint(bp, "POST", "notifications/sms/api/v1/reports")
async def receive_sms_reports(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Take delivery reports from the gateway, which repeats them until they are acknowledged."""
    app.webhook_credentials.check(req.headers)
    content_type = req.headers.get("Content-Type") or ""
    if content_type.partition(";")[0].strip().lower() not in _MEDIA_TYPES:
        raise UnsupportedMediaTypeError(content_type)
    body = req.get_body()
    if len(body) > MAX_BYTES:
        raise BodyTooLargeError
    reports, refusal = await _parsed(body, content_type)
    try:
        await _enqueue(app, reports)
    except TransientError:
        return func.HttpResponse(status_code=500)  # the gateway tries again
    if refusal is not None:
        return func.HttpResponse(refusal, status_code=400, mimetype="text/plain")
    return func.HttpResponse(acknowledgement(reports), status_code=200, mimetype="application/xml")


async def _parsed(body: bytes, content_type: str) -> tuple[list[LinkReport], str | None]:
    if len(body) <= _BYTES_ON_LOOP:
        return parse_reports(body, content_type)
    return await asyncio.to_thread(parse_reports, body, content_type)


async def _enqueue(app: App, reports: Sequence[LinkReport]) -> None:
    now = app.clock.now()
    messages = (
        QueuedMessage(
            queues.DELIVERY_REPORTS,
            hashlib.blake2b(f"{r.reference}|{r.state}|{now}".encode(), digest_size=16).hexdigest(),
            dump_sms_report(r.reference, Outcome(r.result, now)),
            may_share=True,
        )
        for r in reports
    )
    for some in batched(messages, _REPORTS_AT_ONCE, strict=False):
        await asyncio.gather(*(app.sender.send(message, deadline=_ENQUEUE_SECONDS) for message in some))
