"""The function app: registers the blueprints. Everything else is built on first use by the container."""

import azure.functions as func

from functions import (
    dead_letters,
    future_orders,
    health,
    orders,
    pipeline,
    send_condition,
    sms_reports,
    timers,
)

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

for blueprint in (
    orders.bp,
    future_orders.bp,
    sms_reports.bp,
    health.bp,
    send_condition.bp,
    pipeline.bp,
    timers.bp,
    dead_letters.bp,
):
    app.register_functions(blueprint)
