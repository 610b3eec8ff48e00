"""The contract with the worker library, of which the adapter uses parts that are not public.

When an upgrade breaks this file, only `devstack/host/runtime.py` has to follow.
"""

import importlib.metadata
import json
import subprocess
import sys

import pytest

from devstack.project import ROOT

APP = """
import asyncio, threading
from typing import List
import azure.functions as func
from azure_functions_runtime import invocation_id_cv
app = func.FunctionApp()
seen = []

@app.route("a/{id}", methods=["GET"])
async def async_echo(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    asyncio.get_running_loop()
    assert context.invocation_id == invocation_id_cv.get()
    parts = [dict(req.headers), dict(req.params), dict(req.route_params), list(req.get_body())]
    seen.append([req.method, req.url, *parts])
    return func.HttpResponse("ok", status_code=202, headers={"X-One": "1", "Set-Cookie": "a=b; Path=/"})

@app.route("s")
def sync_echo(req: func.HttpRequest) -> func.HttpResponse:
    on_main_thread = threading.current_thread() is threading.main_thread()
    seen.append(["in main thread", on_main_thread, bool(invocation_id_cv.get())])
    return func.HttpResponse(b"bytes", mimetype="application/json")

@app.route("t")
async def text(req: func.HttpRequest) -> str:
    return "plain text"

@app.route("r")
async def raises(req: func.HttpRequest) -> func.HttpResponse:
    raise LookupError("this line fails")

@app.route("n")
async def no_answer(req: func.HttpRequest) -> func.HttpResponse:
    return None

@app.service_bus_queue_trigger("m", "Bus", "%Q%")
async def single(m: func.ServiceBusMessage) -> None:
    seen.append([list(m.get_body()), m.delivery_count, m.message_id, str(m.enqueued_time_utc)])

@app.service_bus_queue_trigger("many", "Bus", "q", cardinality="many")
async def batch(many: List[func.ServiceBusMessage]) -> None:
    seen.append([m.get_body().decode() for m in many])

@app.timer_trigger("t", "0 * * * * *")
@app.retry("fixed_delay", "3", delay_interval="00:00:10")
async def timer(t: func.TimerRequest) -> None:
    seen.append(["past due", t.past_due])

@app.timer_trigger("t", "0 * * * * *")
async def returns_too_much(t: func.TimerRequest):
    return 7

@app.timer_trigger("t", "0 * * * * *")
def sync_raises(t: func.TimerRequest) -> None:
    raise ValueError("in a thread")
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    app_dir = tmp_path_factory.mktemp("contract_app")
    (app_dir / "function_app.py").write_text(APP, encoding="utf-8")
    probe = subprocess.run(
        [sys.executable, "-m", "devstack.tests.support.host.runtime_probe", str(app_dir)],
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=20,
    )
    assert probe.returncode == 0, probe.stderr.decode()
    return json.loads(probe.stdout) | {"log": probe.stderr.decode()}


def test_the_library_is_the_one_the_adapter_was_written_for():
    assert importlib.metadata.version("azure-functions-runtime").startswith("1.3.")


def test_bindings_are_listed_as_declared(report):
    http_trigger, answer = report["functions"]["async_echo"]
    assert (http_trigger["type"], http_trigger["route"], http_trigger["methods"]) == (
        "httpTrigger",
        "a/{id}",
        ["GET"],
    )
    assert (answer["type"], answer["direction"], answer["name"]) == ("http", "OUT", "$return")
    (queue,) = report["functions"]["single"]
    assert (queue["type"], queue["queueName"], queue["connection"]) == ("serviceBusTrigger", "%Q%", "Bus")
    assert report["functions"]["batch"][0]["cardinality"] == "MANY"
    assert report["functions"]["timer"][0]["schedule"] == "0 * * * * *"
    assert report["retries"] == ["timer"]


def test_http_answers(report):
    results = report["results"]
    assert results["async"] == {
        "status": 202,
        "headers": {"X-One": "1", "content-type": "text/plain; charset=utf-8"},
        "cookies": ["a=b; domain=; path=/"],
        "body": "ok",
    }
    assert results["sync"]["headers"] == {"content-type": "application/json"}
    assert results["sync"]["body"] == "bytes"
    assert results["text"]["status"] == 200
    assert results["text"]["body"] == "plain text"


def test_what_functions_see(report):
    assert report["seen"] == [
        ["GET", "http://h/x", {"a": "b"}, {"q": "1"}, {"id": "7"}, [255, 0]],
        ["in main thread", False, True],
        [[114, 97, 119, 32, 255], 3, "order-7/advance/1", "2026-11-20 09:30:15.120000"],
        ["one", "two"],
        ["past due", True],
    ]
    for name in ("single", "batch", "timer"):
        assert report["results"][name] is None


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("raises", "LookupError('this line fails')"),
        ("raises in thread", "ValueError('in a thread')"),
        ("no answer", 'unsupported type "http" for Python type "NoneType"'),
        ("returns too much", "without a $return binding"),
        ("bad payload", "NotImplementedError"),
    ],
)
def test_every_failure_is_a_result(report, name, error):
    assert error in report["results"][name]["error"]
    assert "Traceback" in report["results"][name]["traceback"]
    assert "Native invocation failed" not in report["log"]
