"""Two servers are asked the same: what the load process sends, and what is made of its results."""

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.load import Load, LoadPlan, LoadResult
from benchmarks.peer import Kind, Server, row, table


class Recorder(BaseHTTPRequestHandler):
    """Answers every request, as the service does if it is well, and keeps what was asked."""

    protocol_version = "HTTP/1.1"
    asked: list[tuple[str, str, dict]]
    status_of_reads = 200

    def do_GET(self):
        self.asked.append(("GET", self.path, {}))
        self.answer(self.status_of_reads, {"status": "Completed"})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(("POST", self.path, body))
        self.answer(201, {"notification": {"shipmentId": f"shipment-{len(self.asked)}"}})

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, *_):
        pass


@pytest.fixture
def served():
    class Handler(Recorder):
        pass

    Handler.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Handler, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_orders_have_references_only_where_that_is_asked(served):
    handler, url = served
    server = Server("peer", url, "token", run="run")
    assert server.ask(Kind.REFERENCED, 6, 3).statuses == {"201": 6}
    assert server.ask(Kind.UNREFERENCED, 4, 2).statuses == {"201": 4}
    orders = [body for _, _, body in handler.asked]
    assert len({order["idempotencyId"] for order in orders}) == 10, "no order repeats another"
    assert len({order["sendersReference"] for order in orders[:6]}) == 6
    assert not any("sendersReference" in order for order in orders[6:])


@pytest.mark.parametrize(
    ("kind", "path"),
    [(Kind.SHIPMENT, "/future/shipment/{}"), (Kind.STATUS, "/orders/{}/status")],
)
def test_what_was_placed_is_read_in_turn(served, kind, path):
    handler, url = served
    server = Server("peer", url, "token")
    server.place_for_reading()
    handler.asked.clear()
    assert server.ask(kind, 40, 4).statuses == {"200": 40}
    reads = Counter(own for _, own, _ in handler.asked)
    assert reads == {f"/notifications/api/v1{path.format(own)}": 2 for own in server.shipments}


def test_a_read_that_is_not_answered_200_fails_the_run(served):
    handler, url = served
    handler.status_of_reads = 404
    plan = LoadPlan(url, "token", "email", 0, 3, 1, "run", reads=("/notifications/api/v1/orders/x/status",))
    with pytest.raises(RuntimeError, match="not every request was answered 200"):
        Load(plan).result()


def test_a_row_has_the_medians_of_both_servers():
    def result(requests, seconds, latency):
        return LoadResult(0.0, seconds, (latency,) * requests, {"201": requests})

    found = {
        "peer": [result(100, 1.0, 10.0), result(100, 2.0, 20.0), result(100, 4.0, 40.0)],
        "own": [result(100, 2.0, 8.0)],
    }
    each = row(Kind.UNREFERENCED, 8, found)
    assert (each.rate, each.ratio) == ({"peer": 50.0, "own": 50.0}, 1.0)
    assert (each.p50["peer"], each.p99["own"]) == (20.0, 8.0)
    (line,) = [line for line in table([each]).splitlines() if line.startswith("order")]
    assert line.split() == ["order", "without", "8", "50", "50", "1.00", "20", "|", "8", "20", "|", "8"]
