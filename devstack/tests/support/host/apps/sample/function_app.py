"""A function app with one trigger of every kind, which writes what it was given to the file EVENTS_FILE."""

import asyncio
import json
import os
import threading
import time
from pathlib import Path
from typing import List  # noqa: UP035 -- the worker does not accept list[...] as a binding annotation

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
_writing = threading.Lock()
print("the app may print while it is imported")


def record(kind, **fields):
    line = json.dumps({"kind": kind, **fields}, default=str)
    with _writing, Path(os.environ["EVENTS_FILE"]).open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def describe(request):
    return json.dumps(
        {
            "method": request.method,
            "url": request.url,
            "headers": dict(request.headers),
            "query": dict(request.params),
            "route": dict(request.route_params),
            "body": request.get_body().decode(errors="replace"),
        }
    )


@app.route("echo/{id:guid}", methods=["GET", "POST"])
async def echo_async(req: func.HttpRequest) -> func.HttpResponse:
    await asyncio.sleep(0)
    return func.HttpResponse(describe(req), mimetype="application/json")


@app.route("sync/{name?}", methods=["GET", "PUT"])
def echo_sync(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    headers = {"X-Function": context.function_name, "Content-Length": "1"}
    return func.HttpResponse(describe(req), status_code=201, headers=headers)


@app.route("cookies", methods=["GET"])
async def cookies(req: func.HttpRequest) -> func.HttpResponse:
    response = func.HttpResponse(status_code=302, headers={"Location": "/elsewhere"})
    response.headers.add("Set-Cookie", "a=1; Path=/; HttpOnly")
    response.headers.add("Set-Cookie", "b=2; Secure")
    return response


@app.route("size", methods=["POST"])
async def size(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(str(len(req.get_body())))


@app.route("method")
async def method(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(req.method)


@app.route("word", methods=["GET"])
async def word(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(headers={"X-Word": req.params["value"]})


@app.route("fail")
async def fail(req: func.HttpRequest) -> func.HttpResponse:
    raise RuntimeError("this function always fails")


@app.route("slow", methods=["GET"])
async def slow(req: func.HttpRequest) -> func.HttpResponse:
    record("slow-started")
    await asyncio.sleep(float(req.params["seconds"]))
    return func.HttpResponse("done")


@app.service_bus_queue_trigger("message", "SampleBus", "%SINGLE_QUEUE%")
async def on_single(message: func.ServiceBusMessage) -> None:
    body = message.get_body().decode()
    record(
        "single",
        pid=os.getpid(),
        at=time.time(),
        body=body,
        delivery_count=message.delivery_count,
        message_id=message.message_id,
        subject=message.subject,
        properties=message.application_properties,
        enqueued_zone=str(message.enqueued_time_utc.tzinfo),
        locked_until=message.locked_until,
    )
    if body == "poison" or (body == "fails once" and message.delivery_count == 1):
        raise RuntimeError("cannot handle this message")
    if body == "hang":
        await asyncio.sleep(3600)
    if body.startswith("linger"):
        await asyncio.sleep(float(body.split()[1]))
    record("single-done", body=body)


@app.service_bus_queue_trigger("messages", "SampleBus", "batches", cardinality="many")
async def on_batch(messages: List[func.ServiceBusMessage]) -> None:  # noqa: UP006
    record(
        "batch",
        bodies=[message.get_body().decode() for message in messages],
        delivery_counts=[message.delivery_count for message in messages],
    )


@app.service_bus_queue_trigger("message", "SampleBus", "%SINGLE_QUEUE%/$deadletterqueue")
def on_dead_letter(message: func.ServiceBusMessage) -> None:
    record(
        "dead",
        body=message.get_body().decode(),
        source=message.dead_letter_source,
        reason=message.dead_letter_reason,
        properties=message.application_properties,
    )


@app.timer_trigger("timer", "%TIMER_SCHEDULE%")
async def on_timer(timer: func.TimerRequest) -> None:
    record("timer", past_due=timer.past_due, status=timer.schedule_status)


@app.timer_trigger("timer", "0 0 0 1 1 *", run_on_startup=True)
def on_start(timer: func.TimerRequest) -> None:
    record("started", past_due=timer.past_due)
