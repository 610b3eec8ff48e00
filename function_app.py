"""The function app: registers the blueprints. The first invocation builds everything else."""

import azure.functions as func

from functions import dead_letters, pipeline, timers
from functions.endpoints import (
    api_docs,
    health,
    instant_orders,
    metrics,
    notification_log,
    other_requests,
    previews,
    send_condition,
    sms_reports,
    support,
    v1_orders,
    v2_orders,
    webhooks,
)
from functions.message_properties import read_few_properties
from shared.app.running_app import load_early

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

blueprints = (
    v1_orders.bp,
    v2_orders.bp,
    instant_orders.bp,
    previews.bp,
    webhooks.bp,
    sms_reports.bp,
    support.bp,
    notification_log.bp,
    metrics.bp,
    health.bp,
    api_docs.bp,
    send_condition.bp,
    pipeline.bp,
    timers.bp,
    dead_letters.bp,
)
for blueprint in (*blueprints, other_requests.blueprint_beside(blueprints)):
    app.register_functions(blueprint)

read_few_properties()
load_early()
