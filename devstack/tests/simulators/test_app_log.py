"""What several processes told is added up, and an order is found in all of them."""

import json

from devstack.simulators.app_log import AppLog

TRACE = "0f9a7c1e33aa4b6c9d2e5f0a00000000"


def line(text, **facts):
    return f"12:00:00 INFO    shared.x: {text} {json.dumps(facts)}\n"


def metrics(*told):
    return line("metrics of this process", metrics=list(told), operation_id="a")


def append(path, text):
    with path.open("a") as file:
        file.write(text)


def test_values_of_all_processes_are_added_up(tmp_path):
    log = AppLog(tmp_path)
    assert log.metrics() == []
    sent = {"name": "sent", "channel": "email", "sum": 2}
    append(tmp_path / "http.log", metrics(sent, {"name": "took", "count": 2, "sum": 1.5, "max": 1.0}))
    append(tmp_path / "worker.log", "something else\n" + metrics({**sent, "sum": 1}))
    append(tmp_path / "worker.log", metrics({"name": "late", "queue": "orders", "max": 7.0, "last": 1.0}))
    assert [one["sum"] for one in log.metrics() if one["name"] == "sent"] == [3]
    append(tmp_path / "worker.log", metrics({"name": "took", "count": 1, "sum": 2.5, "max": 2.5}))
    append(tmp_path / "http.log", metrics({"name": "late", "queue": "orders", "max": 3.0, "last": 2.0}))
    assert log.metrics() == [
        {"name": "late", "labels": {"queue": "orders"}, "kind": "level", "max": 7.0, "last": 2.0},
        {"name": "sent", "labels": {"channel": "email"}, "kind": "count", "sum": 3},
        {"name": "took", "labels": {}, "kind": "time", "count": 3, "sum": 4.0, "max": 2.5},
    ]
    assert log.metrics() == log.metrics(), "a line is read once"


def test_a_line_that_is_not_complete_waits_for_the_rest(tmp_path):
    log, path = AppLog(tmp_path), tmp_path / "worker.log"
    whole = metrics({"name": "sent", "sum": 1})
    append(path, whole[:40])
    assert log.metrics() == []
    append(path, whole[40:])
    assert [one["sum"] for one in log.metrics()] == [1]


def test_a_line_that_was_cut_by_a_death_is_passed_over(tmp_path):
    append(tmp_path / "worker.log", '{"metrics": [{"name": "se}\n' + metrics({"name": "sent", "sum": 1}))
    assert [one["sum"] for one in AppLog(tmp_path).metrics()] == [1]


def test_hops_of_an_order_come_from_all_processes_in_their_order(tmp_path):
    append(tmp_path / "worker.log", line("x", hop="sms-send", at=2.0, operation_id=TRACE))
    append(tmp_path / "worker.log", line("x", hop="sms-send", at=1.5, links=["b", TRACE], operation_id="c"))
    append(tmp_path / "worker.log", line("x", hop="sms-send", at=1.0, operation_id="b"))
    append(tmp_path / "http.log", line("x", hop="accepted", at=1.0, operation_id=TRACE))
    found = [(hop["process"], hop["hop"], hop["at"]) for hop in AppLog(tmp_path).hops(TRACE)]
    assert found == [("http", "accepted", 1.0), ("worker", "sms-send", 1.5), ("worker", "sms-send", 2.0)]


async def test_control_tells_both(start_cloud, tmp_path):
    append(tmp_path / "worker.log", metrics({"name": "sent", "sum": 1}))
    append(tmp_path / "worker.log", line("x", hop="sms-send", at=2.0, operation_id=TRACE))
    cloud = await start_cloud(logFolder=str(tmp_path))
    assert await cloud.control("GET", "/devstack/metrics") == {
        "metrics": [{"name": "sent", "labels": {}, "kind": "count", "sum": 1}]
    }
    shipment = "0f9a7c1e-33aa-4b6c-9d2e-5f0a01000000"
    trace = await cloud.control("GET", f"/devstack/traces/{shipment}")
    assert trace["operation_id"] == TRACE
    assert [hop["hop"] for hop in trace["hops"]] == ["sms-send"]
