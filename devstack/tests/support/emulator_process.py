"""Runs the Service Bus emulator as a child process, with short locks and few deliveries."""

import contextlib
import json
import os
import select
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any, Self

from azure.servicebus import ServiceBusClient, ServiceBusMessage, ServiceBusSender

from devstack.project import ROOT
from devstack.tests.support.host.process import READY_SECONDS

MAX_DELIVERY_COUNT = 3
LOCK_SECONDS = 2


def queue(name: str) -> dict[str, object]:
    return {
        "name": name,
        "lockDuration": f"PT{LOCK_SECONDS}S",
        "maxDeliveryCount": MAX_DELIVERY_COUNT,
        "defaultMessageTimeToLive": "P14D",
        "deadLetteringOnMessageExpiration": True,
        "requiresDuplicateDetection": False,
        "duplicateDetectionHistoryTimeWindow": "PT10M",
        "maxSizeInMegabytes": 1024,
    }


class EmulatorProcess:
    """The emulator with the queues of the sample app."""

    def __init__(self, directory: Path, port: int = 0) -> None:
        queues = directory / "queues.json"
        queues.write_text(json.dumps({"queues": [queue("singles"), queue("batches")]}), encoding="utf-8")
        command = [
            sys.executable, "-m", "devstack.servicebus", "--port", str(port), "--queues", str(queues),
            "--clock-file", str(directory / "clock"),
        ]  # fmt: skip
        with (directory / "emulator.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env={"PATH": os.environ["PATH"]}, stdout=subprocess.PIPE, stderr=log
            )
        assert self.process.stdout is not None
        self._output = self.process.stdout
        readable, _, _ = select.select([self._output], [], [], READY_SECONDS)
        line = self._output.readline() if readable else b""
        assert line, (directory / "emulator.log").read_text(encoding="utf-8")
        ready = json.loads(line)["ready"]
        self.port = ready["port"]
        self._control = f"http://127.0.0.1:{ready['controlPort']}"
        self.connection_string = (
            f"Endpoint=sb://127.0.0.1:{self.port};SharedAccessKeyName=local;SharedAccessKey=c2VjcmV0;"
            "UseDevelopmentEmulator=true;"
        )
        self._open = contextlib.ExitStack()
        self._senders: dict[str, ServiceBusSender] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()
        self.process.kill()
        self.process.wait()
        self._output.close()

    def send(self, name: str, *bodies: str | bytes, **properties: Any) -> None:
        """Send with Microsoft's own library."""
        if not self._senders:
            self._client = self._open.enter_context(
                ServiceBusClient.from_connection_string(self.connection_string)
            )
        if name not in self._senders:
            self._senders[name] = self._open.enter_context(self._client.get_queue_sender(name))
        self._senders[name].send_messages([ServiceBusMessage(body, **properties) for body in bodies])

    def bodies(self, name: str) -> list[object]:
        """Return what the queue still holds, locked messages included."""
        with urllib.request.urlopen(f"{self._control}/queues/{name}/peek", timeout=5) as answer:
            return [message["body"] for message in json.load(answer)]
