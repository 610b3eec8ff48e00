"""Metrics: the daily files for whoever bills, and a page of months for people.

What builds files and pages is imported when first asked for, so that no cold start pays for it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import astuple
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import azure.functions as func

from functions.answers import answer, json_answer
from shared.app.use_cases import App
from shared.auth.caller import SUPPORT
from shared.auth.keys import ApiKeyRefusedError
from shared.contracts.reading.queries import MetricsMonth, encoded_values, read_metrics_form
from shared.domain.orders.order import Channel
from shared.services.feeding.collect_metrics import SentNotification

if TYPE_CHECKING:
    from shared.contracts.metrics.daily_file import FileRow

PATH = "notifications/api/v1/metrics"
_FORM_BYTES = 1000
_ROWS_AT_ONCE = 10_000

bp = func.Blueprint()

type _Handler = Callable[[App, func.HttpRequest], Awaitable[func.HttpResponse]]


@bp.route(PATH, methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def show_metrics_form(req: func.HttpRequest) -> func.HttpResponse:
    """Show the form that asks for a month."""
    return await _answer(req, _form)


@bp.route(PATH, methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def show_metrics(req: func.HttpRequest) -> func.HttpResponse:
    """Show what was counted per organisation in the month of the form."""
    return await _answer(req, _month)


@bp.route(f"{PATH}/sms", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def export_sms_metrics(req: func.HttpRequest) -> func.HttpResponse:
    """Return the SMS of yesterday (UTC) as a Parquet file."""
    return await _answer(req, lambda app, req: _file(app, req, Channel.SMS))


@bp.route(f"{PATH}/email", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def export_email_metrics(req: func.HttpRequest) -> func.HttpResponse:
    """Return the e-mails of yesterday (UTC) as a Parquet file."""
    return await _answer(req, lambda app, req: _file(app, req, Channel.EMAIL))


async def _answer(req: func.HttpRequest, handle: _Handler) -> func.HttpResponse:
    async def handled(app: App, req: func.HttpRequest) -> func.HttpResponse:
        try:
            return await handle(app, req)
        except ApiKeyRefusedError as error:
            return json_answer({"error": error.text}, 401)

    return await answer(req, handled)


async def _authorize_page(app: App, req: func.HttpRequest) -> None:
    """Admit machines by the API key, people by the support scope of their token or cookie."""
    if "X-API-Key" in req.headers:
        app.metrics_api_key.check(req.headers)
    else:
        await app.authorizer.authorize(req.headers, SUPPORT)


async def _form(app: App, req: func.HttpRequest) -> func.HttpResponse:
    from shared.contracts.metrics.month_page import HEADERS, metrics_page  # noqa: PLC0415

    await _authorize_page(app, req)
    today = app.clock.now().astimezone(UTC)
    page = metrics_page(MetricsMonth(today.year, today.month), today.year)
    return func.HttpResponse(page, headers=HEADERS)


async def _month(app: App, req: func.HttpRequest) -> func.HttpResponse:
    from shared.contracts.metrics.month_page import HEADERS, OrganisationRow, metrics_page  # noqa: PLC0415

    await _authorize_page(app, req)
    form = (req.get_body() or b"")[:_FORM_BYTES].decode("utf-8", "replace")
    chosen = read_metrics_form(encoded_values(form))
    counted = await app.collect_metrics.month(chosen.year, chosen.month)
    rows = [OrganisationRow(owner, *astuple(counts)) for owner, counts in counted]
    return func.HttpResponse(metrics_page(chosen, app.clock.now().year, rows), headers=HEADERS)


async def _file(app: App, req: func.HttpRequest, channel: Channel) -> func.HttpResponse:
    from shared.contracts.metrics.daily_file import MetricsFile  # noqa: PLC0415

    app.metrics_api_key.check(req.headers)
    now = app.clock.now().astimezone(UTC)
    day = (now - timedelta(days=1)).date()
    file = MetricsFile(channel, day)
    async for some in _batches(app.collect_metrics.day(channel, day)):
        # so many rows take long to write: not on the loop
        await asyncio.to_thread(file.add, [_row(sent) for sent in some])
    finished = await asyncio.to_thread(file.finish, app.settings.environment_name, now)
    return func.HttpResponse(finished.content, headers=finished.headers)


async def _batches(day: AsyncIterator[SentNotification]) -> AsyncIterator[list[SentNotification]]:
    """Yield what is sent on a day some thousand at a time: a day does not fit into memory."""
    some: list[SentNotification] = []
    async for sent in day:
        some.append(sent)
        if len(some) == _ROWS_AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _row(sent: SentNotification) -> "FileRow":
    from shared.contracts.metrics.daily_file import FileRow  # noqa: PLC0415

    shipment, notification = sent.shipment, sent.notification
    template = shipment.sms_template
    return FileRow(
        notification_id=str(sent.item),
        owner=sent.owner,
        senders_reference=shipment.senders_reference,
        requested_send_at=shipment.requested_send_at or shipment.closed_at,
        resource_id=shipment.resource_id,
        result=notification.result.value,
        reference=notification.reference,
        mobile_number=notification.address if notification.channel is Channel.SMS else "",
        sms_parts=sent.size.parts if sent.size else 0,
        sms_length=template.characters if template else 0,
        custom_length=sent.size.characters if sent.size and shipment.sms_texts else 0,
    )
