"""What is counted is told once, in one line per interval, and adds up."""

import logging

import pytest

from shared.runtime.telemetry.meters import Kind, Meters, Metric


@pytest.fixture
def meters():
    return Meters()


def metric(meters, name, kind, *labels):
    return Metric(name, kind, "things", "that happen", labels, meters)


def test_values_add_up_by_kind_and_labels(meters):
    sent = metric(meters, "sent", Kind.COUNT, "channel")
    took = metric(meters, "took", Kind.TIME)
    late = metric(meters, "late", Kind.LEVEL, "queue")
    sent.put(channel="email")
    sent.put(2, channel="email")
    sent.put(channel="sms")
    for seconds in (0.5, 3.0, 1.25):
        took.put(seconds)
        late.put(seconds, queue="orders")
    assert meters.taken() == [
        {"name": "sent", "channel": "email", "sum": 3},
        {"name": "sent", "channel": "sms", "sum": 1},
        {"name": "took", "count": 3, "sum": 4.75, "max": 3.0},
        {"name": "late", "queue": "orders", "max": 3.0, "last": 1.25},
    ]
    assert meters.taken() == []


def test_a_level_may_be_below_nought(meters):
    level = metric(meters, "level", Kind.LEVEL)
    level.put(-2)
    level.put(-3)
    assert meters.taken() == [{"name": "level", "max": -2, "last": -3}]


def test_it_is_told_once_per_interval_and_nothing_gets_lost_in_between(meters, caplog):
    sent = metric(meters, "sent", Kind.COUNT)
    with caplog.at_level(logging.INFO):
        meters.tell(1000)
        for _ in range(3):
            sent.put()
            meters.tell(1000)
        meters.tell(0)
        meters.tell(0)
    assert [(record.message, record.metrics) for record in caplog.records] == [
        ("metrics of this process", [{"name": "sent", "sum": 1}]),
        ("metrics of this process", [{"name": "sent", "sum": 2}]),
    ]


def test_a_name_is_taken_once(meters):
    metric(meters, "sent", Kind.COUNT)
    with pytest.raises(ValueError, match="two metrics sent"):
        metric(meters, "sent", Kind.TIME)


def test_labels_are_those_that_were_declared(meters):
    sent = metric(meters, "sent", Kind.COUNT, "channel")
    with pytest.raises(KeyError):
        sent.put(queue="orders")
