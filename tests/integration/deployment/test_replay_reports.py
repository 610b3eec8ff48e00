"""Reports that Event Grid gave up: all of them reach their queue, and none is deleted before."""

import http.server
import json
import re
import threading
from urllib.parse import unquote, urlsplit

import pytest
import requests
from azure.servicebus import ServiceBusClient, ServiceBusMessage

from deployment.replay_reports import CONTAINER, QUEUE, UndeliveredReports, replay
from shared.providers.event_grid import parse_email_reports
from shared.records import queues

PAGE = 2


def event(number):
    data = {
        "messageId": f"00000000-0000-4000-8000-{number:012d}",
        "status": "Delivered",
        "deliveryAttemptTimeStamp": "2031-05-05T10:00:00Z",
    }
    more = {"deadLetterReason": "MaxDeliveryAttemptsExceeded", "deliveryAttempts": 30}
    kind = "Microsoft.Communication.EmailDeliveryReportReceived"
    return {"id": str(number), "eventType": kind, "subject": "s", "dataVersion": "1", "data": data, **more}


@pytest.fixture
def account():
    """A blob service with one container that lists two blobs a page, as the REST interface says."""
    blobs, calls = {}, []

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self, body=b"", status=200):
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def name(self):
            assert self.headers["Authorization"] == "Bearer for-storage"
            assert self.headers["x-ms-version"]
            path = unquote(urlsplit(self.path).path)
            assert path.startswith(f"/{CONTAINER}")
            return path.removeprefix(f"/{CONTAINER}").removeprefix("/")

        def do_GET(self):
            if name := self.name():
                calls.append(("read", name))
                return self.answer(blobs[name]) if name in blobs else self.answer(status=404)
            marker = unquote(re.search("marker=([^&]*)", self.path)[1])
            rest = [each for each in sorted(blobs) if each >= marker]
            listed = "".join(f"<Blob><Name>{each}</Name></Blob>" for each in rest[:PAGE])
            following = rest[PAGE] if len(rest) > PAGE else ""
            parts = f"<Blobs>{listed}</Blobs><NextMarker>{following}</NextMarker>"
            text = f"<EnumerationResults>{parts}</EnumerationResults>"
            return self.answer(text.encode())

        def do_DELETE(self):
            calls.append(("delete", self.name()))
            del blobs[self.name()]
            self.answer(status=202)

        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        yield blobs, calls, UndeliveredReports(address, lambda: "for-storage")
        server.shutdown()


def test_every_report_reaches_the_queue_in_a_form_that_the_app_reads(account, service_bus):
    blobs, _, undelivered = account
    for file in range(5):
        events = [event(10 * file + number) for number in range(3)]
        blobs[f"topic/sub/2031/5/5/1{file}/a b.json"] = json.dumps(events).encode()
    blobs["topic/sub/2031/5/6/one.json"] = json.dumps(event(99)).encode()
    assert QUEUE == queues.DELIVERY_REPORTS
    with ServiceBusClient.from_connection_string(service_bus.connection_string) as client:
        with client.get_queue_sender(QUEUE) as sender:
            assert replay(undelivered, lambda report: sender.send_messages(ServiceBusMessage(report))) == 16
        with client.get_queue_receiver(QUEUE) as receiver:
            messages = receiver.receive_messages(max_message_count=50, max_wait_time=5)
            for message in messages:
                receiver.complete_message(message)
    read = [parse_email_reports(b"".join(message.body)) for message in messages]
    assert [problem for _, problem in read] == [None] * 16
    assert len({reports[0].operation_id for reports, _ in read}) == 16
    assert blobs == {}


def test_reports_that_could_not_be_sent_stay(account):
    blobs, _, undelivered = account
    blobs["a.json"] = json.dumps([event(1), event(2)]).encode()

    def refuse(report):
        if json.loads(report)["id"] == "2":
            raise ConnectionError

    with pytest.raises(ConnectionError):
        replay(undelivered, refuse)
    assert list(blobs) == ["a.json"]


def test_a_refusal_of_storage_is_an_error(account):
    _, _, undelivered = account
    with pytest.raises(requests.HTTPError):
        undelivered.reports("none.json")
