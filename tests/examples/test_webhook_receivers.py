"""The receivers in `examples/` take what the service sends, once, and nothing that somebody else signed."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import requests
from standardwebhooks.webhooks import Webhook

from devstack.project import ROOT
from shared.ports.webhooks import WebhookMessage
from tests.support.api.answers import json_of
from tests.support.examples.typescript import node, translate
from tests.support.scenarios.owner import CALL_SECONDS, email_order, new_email, wait_until

SECONDS = 30


def python_receiver(_folder):
    return [sys.executable, str(ROOT / "examples" / "webhook_receiver.py"), "--port", "0"]


def typescript_receiver(folder):
    found = node()
    if found is None:
        pytest.skip("Node.js or the TypeScript compiler is missing and cannot be fetched")
    source = folder / "webhook_receiver.ts"
    source.write_text((ROOT / "examples" / "webhook_receiver.ts").read_text())
    return [found.node, str(translate(source))]


receivers = pytest.mark.parametrize("command", [python_receiver, typescript_receiver])


@contextmanager
def running(command, folder, secrets):
    """Run a receiver; yields its address, and what it has printed so far."""
    output = folder / "output.txt"
    with (
        output.open("w") as file,
        subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "WEBHOOK_SECRET": secrets, "PORT": "0"},
            stdout=file,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            wait_until(lambda: "listening on" in output.read_text(), what="a receiver that listens")
            yield output.read_text().split()[2], output
        finally:
            process.kill()


@pytest.fixture
def created(owner):
    made = owner.ask("POST", "/future/webhooks", json={"url": "http://127.0.0.1:9/"})
    webhook = json_of(made, 201)
    yield webhook
    owner.ask("DELETE", f"/future/webhooks/{webhook['id']}")


@receivers
def test_it_notes_each_entry_once_and_refuses_what_is_not_signed(owner, created, tmp_path, command):
    path = f"/future/webhooks/{created['id']}"
    with running(command(tmp_path), tmp_path, f"whsec_b2xk,{created['secret']}") as (address, output):
        forged = requests.post(address, json={"type": "shipment.completed"}, timeout=CALL_SECONDS)
        assert forged.status_code == 401
        owner.ask("PUT", path, json={"url": address})
        assert json_of(owner.ask("POST", f"{path}/test"), 200)["delivered"]
        for _ in range(3):
            owner.send(email_order(new_email()))
        wait_until(lambda: "3 Order_Completed" in output.read_text(), what="the third entry")
        owner.ask("POST", f"{path}/replay", json={"fromSequenceNumber": 2})
        wait_until(lambda: "3 Order_Completed (again)" in output.read_text(), what="a replay")
        lines = output.read_text().splitlines()[1:]
    statuses = ["1 Order_Completed", "2 Order_Completed", "3 Order_Completed"]
    again = [f"{status} (again)" for status in statuses[1:]]
    assert [line.strip() for line in lines] == statuses + again


@receivers
def test_it_refuses_an_old_call_and_one_that_was_changed(tmp_path, command):
    secret = "whsec_c2VjcmV0IG9mIGEgcmVjZWl2ZXI="
    message = WebhookMessage("msg_1", b'{"type": "webhook.test", "data": {}}')
    with running(command(tmp_path), tmp_path, secret) as (address, _):
        headers = signed(message, secret)
        assert post(address, message.body, headers) == 204
        assert post(address, message.body + b" ", headers) == 401
        assert post(address, message.body, headers | {"webhook-id": "msg_2"}) == 401
        old = signed(message, secret, seconds_ago=400)
        assert post(address, message.body, old) == 401
        assert post(address, message.body, headers | {"webhook-signature": "v1,bm90aGluZw=="}) == 401


def post(address, body, headers):
    return requests.post(address, data=body, headers=headers, timeout=CALL_SECONDS).status_code


def signed(message, secret, seconds_ago=0):
    at = int(time.time()) - seconds_ago
    signature = Webhook(secret).sign(message.id, datetime.fromtimestamp(at, UTC), message.body.decode())
    return {"webhook-id": message.id, "webhook-timestamp": str(at), "webhook-signature": signature}
