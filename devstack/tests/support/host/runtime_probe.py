"""A process that loads an app through the runtime adapter and prints the result of each invocation."""

import asyncio
import dataclasses
import json
import logging
import sys
from pathlib import Path
from typing import Any

from devstack.host.payloads import Failure, HttpAnswer, HttpCall, TypedValue
from devstack.host.runtime import FunctionRuntime
from devstack.host.triggers.message_metadata import batch_metadata, single_metadata
from devstack.tests.support.host.messages import message

CALL = HttpCall("GET", "http://h/x", {"a": "b"}, {"q": "1"}, {"id": "7"}, b"\xff\x00")
TIMER = TypedValue("json", '{"IsPastDue": true, "Schedule": {}, "ScheduleStatus": {}}')


def plain(result: object) -> Any:
    match result:
        case Failure(error, details):
            return {"error": error, "traceback": details}
        case HttpAnswer():
            return {**dataclasses.asdict(result), "body": result.body.decode()}
        case _:
            return result


async def main(app_dir: Path) -> None:
    runtime = await FunctionRuntime.load(app_dir)
    http = runtime.invoke_http
    bodies = [message(b"one"), message(b"two")]
    results = {
        "async": await http("async_echo", "req", CALL),
        "sync": await http("sync_echo", "req", CALL),
        "text": await http("text", "req", CALL),
        "raises": await http("raises", "req", CALL),
        "no answer": await http("no_answer", "req", CALL),
        "single": await runtime.invoke(
            "single", "m", TypedValue("bytes", b"raw \xff"), single_metadata(message(delivery_count=2))
        ),
        "batch": await runtime.invoke(
            "batch",
            "many",
            TypedValue("collection_bytes", [item.body for item in bodies]),
            batch_metadata(bodies),
        ),
        "timer": await runtime.invoke("timer", "t", TIMER, {}),
        "returns too much": await runtime.invoke("returns_too_much", "t", TIMER, {}),
        "bad payload": await runtime.invoke("timer", "t", TypedValue("string", "x"), {}),
        "raises in thread": await runtime.invoke("sync_raises", "t", TIMER, {}),
    }
    functions = {item.name: [json.loads(raw) for raw in item.raw_bindings] for item in runtime.functions}
    retries = [item.name for item in runtime.functions if item.has_retry_policy]
    seen = sys.modules["function_app"].seen
    report = {"functions": functions, "retries": retries, "seen": seen}
    report["results"] = {name: plain(result) for name, result in results.items()}
    print(json.dumps(report))


logging.basicConfig(stream=sys.stderr)
asyncio.run(main(Path(sys.argv[1])))
