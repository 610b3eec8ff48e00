"""Metrics: the daily files for billing, and a page of months for people.

The modules that build files and pages are imported at first use, to keep them out of cold starts.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import astuple
from datetime import UTC, timedelta

import azure.functions as func

from functions.answers import API, endpoint
from shared.app.use_cases import App
from shared.auth.caller import SUPPORT
from shared.contracts.queries.api_queries import MetricsMonth, read_metrics_form
from shared.contracts.queries.values import encoded_values
from shared.domain.orders.ended_shipment import SentNotification
from shared.domain.orders.order import Channel

_PATH = f"{API}/metrics"
_FORM_BYTES = 1000

bp = func.Blueprint()


@endpoint(bp, "GET", _PATH)
async def show_metrics_form(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Show the form that asks for a month."""
    from shared.contracts.metrics.month_page import HEADERS, metrics_page  # noqa: PLC0415

    await _authorize_page(app, req)
    today = app.clock.now().astimezone(UTC)
    page = metrics_page(MetricsMonth(today.year, today.month), today.year)
    return func.HttpResponse(page, headers=HEADERS)


@endpoint(bp, "POST", _PATH)
async def show_metrics(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Show what was counted per organisation in the month of the form."""
    from shared.contracts.metrics.month_page import HEADERS, metrics_page  # noqa: PLC0415

    await _authorize_page(app, req)
    form = (req.get_body() or b"")[:_FORM_BYTES].decode("utf-8", "replace")
    chosen = read_metrics_form(encoded_values(form))
    counted = await app.collect_metrics.month(chosen.year, chosen.month)
    rows = [(owner, *astuple(counts)) for owner, counts in counted]
    return func.HttpResponse(metrics_page(chosen, app.clock.now().year, rows), headers=HEADERS)


@endpoint(bp, "POST", f"{_PATH}/sms")
async def export_sms_metrics(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Return the SMS of yesterday (UTC) as a Parquet file."""
    return await daily_file(app, req, Channel.SMS)


@endpoint(bp, "POST", f"{_PATH}/email")
async def export_email_metrics(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Return the e-mails of yesterday (UTC) as a Parquet file."""
    return await daily_file(app, req, Channel.EMAIL)


async def _authorize_page(app: App, req: func.HttpRequest) -> None:
    """Admit machines by the API key, people by the support scope of their token or cookie."""
    if "X-API-Key" in req.headers:
        app.metrics_api_key.check(req.headers)
    else:
        await app.authorizer.authorize(req.headers, SUPPORT)


async def daily_file(
    app: App, req: func.HttpRequest, channel: Channel, *, rows_at_once: int = 10_000
) -> func.HttpResponse:
    """Return yesterday's file, built some rows at a time: a whole day does not fit into memory."""
    from shared.contracts.metrics.daily_file import MetricsFile  # noqa: PLC0415

    app.metrics_api_key.check(req.headers)
    now = app.clock.now().astimezone(UTC)
    day = (now - timedelta(days=1)).date()
    file = MetricsFile(channel, day)
    async for some in _batches(app.collect_metrics.day(channel, day), rows_at_once):
        await asyncio.to_thread(file.add, some)  # writing this many takes long: not on the loop
    finished = await asyncio.to_thread(file.finish, app.settings.environment_name, now)
    return func.HttpResponse(finished.content, headers=finished.headers)


async def _batches(day: AsyncIterator[SentNotification], size: int) -> AsyncIterator[list[SentNotification]]:
    some: list[SentNotification] = []
    async for sent in day:
        some.append(sent)
        if len(some) == size:
            yield some
            some = []
    if some:
        yield some
