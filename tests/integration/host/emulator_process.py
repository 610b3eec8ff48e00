"""Runs the Service Bus emulator as the supervisor does, with queues that suit impatient tests."""

import json
import os
import select
import subprocess
import sys

from azure.servicebus import ServiceBusClient, ServiceBusMessage

from tests.integration.host.host_process import READY_SECONDS, ROOT

MAX_DELIVERY_COUNT = 3
LOCK_SECONDS = 2


def queue(name):
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

    def __init__(self, directory, port=0):
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
        readable, _, _ = select.select([self.process.stdout], [], [], READY_SECONDS)
        line = self.process.stdout.readline() if readable else b""
        assert line, (directory / "emulator.log").read_text(encoding="utf-8")
        self.port = json.loads(line)["ready"]["port"]
        self.connection_string = (
            f"Endpoint=sb://127.0.0.1:{self.port};SharedAccessKeyName=local;SharedAccessKey=c2VjcmV0;"
            "UseDevelopmentEmulator=true;"
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def send(self, name, *bodies, **properties):
        """Send with Microsoft's own library."""
        with (
            ServiceBusClient.from_connection_string(self.connection_string) as client,
            client.get_queue_sender(name) as sender,
        ):
            sender.send_messages([ServiceBusMessage(body, **properties) for body in bodies])

    def peek(self, name, **options):
        """Return the bodies that the queue still holds, locked ones included."""
        with (
            ServiceBusClient.from_connection_string(self.connection_string) as client,
            client.get_queue_receiver(name, **options) as receiver,
        ):
            return [str(message) for message in receiver.peek_messages(max_message_count=50)]
