"""Queue functions against the Service Bus emulator: real AMQP, and messages sent by Microsoft's library."""

import signal

import pytest

from devstack.tests.support.emulator_process import LOCK_SECONDS, MAX_DELIVERY_COUNT, EmulatorProcess
from devstack.tests.support.host.process import HostProcess, recorded
from devstack.tests.support.processes import wait_until


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    with EmulatorProcess(tmp_path_factory.mktemp("emulator")) as process:
        yield process


@pytest.fixture(scope="module")
def host(tmp_path_factory, emulator):
    settings = {"SampleBus": emulator.connection_string}
    with HostProcess(tmp_path_factory.mktemp("host"), roles="queues", settings=settings) as process:
        assert process.ready()["functions"] == ["on_batch", "on_dead_letter", "on_single"]
        yield process


def of_body(events, body):
    return [event for event in events if event["body"] == body]


def test_a_message_reaches_its_function_and_leaves_the_queue(emulator, host):
    emulator.send(
        "singles", "hello", message_id="m-1", subject="greeting", application_properties={"attempt": 1}
    )
    wait_until(lambda: of_body(host.events("single-done"), "hello"), 5, host.log)

    (event,) = of_body(host.events("single"), "hello")
    assert event["delivery_count"] == 1
    assert event["message_id"] == "m-1"
    assert event["subject"] == "greeting"
    assert event["properties"] == {"attempt": 1}
    assert event["enqueued_zone"] == "None"
    assert event["locked_until"] is None
    wait_until(lambda: "hello" not in emulator.bodies("singles"), 5)


def test_a_message_whose_function_fails_is_delivered_again_at_once(emulator, host):
    emulator.send("singles", "fails once")
    wait_until(lambda: of_body(host.events("single-done"), "fails once"), 5, host.log)

    assert [event["delivery_count"] for event in of_body(host.events("single"), "fails once")] == [1, 2]


def test_a_poison_message_reaches_the_function_of_the_dead_letter_queue(emulator, host):
    emulator.send("singles", "poison")
    (event,) = wait_until(lambda: of_body(host.events("dead"), "poison"), 5, host.log)

    deliveries = [delivery["delivery_count"] for delivery in of_body(host.events("single"), "poison")]
    assert deliveries == list(range(1, MAX_DELIVERY_COUNT + 1))
    assert event["source"] == "singles"
    assert event["reason"] is None
    assert event["properties"]["DeadLetterReason"] == "MaxDeliveryCountExceeded"


def test_waiting_messages_come_as_one_batch(emulator, host):
    bodies = [f"item {number}" for number in range(25)]
    emulator.send("batches", *bodies)
    wait_until(lambda: sum(len(event["bodies"]) for event in host.events("batch")) == 25, 5, host.log)

    batches = [event["bodies"] for event in host.events("batch")]
    assert sorted(body for batch in batches for body in batch) == sorted(bodies)
    assert max(map(len, batches)) == 10
    wait_until(lambda: not emulator.bodies("batches"), 5)


def test_a_lock_shorter_than_the_function_is_renewed(emulator, host):
    emulator.send("singles", "linger 2.5")
    wait_until(lambda: of_body(host.events("single-done"), "linger 2.5"), 8, host.log)

    assert len(of_body(host.events("single"), "linger 2.5")) == 1
    wait_until(lambda: "linger 2.5" not in emulator.bodies("singles"), 5)


def test_a_message_whose_host_was_killed_goes_to_another_host_when_its_lock_expires(tmp_path):
    with EmulatorProcess(tmp_path) as emulator:
        settings = {"SampleBus": emulator.connection_string}
        with HostProcess(tmp_path, roles="queues", settings=settings) as first:
            first.ready()
            emulator.send("singles", "hang")
            first.wait_for_events("single")
            first.process.send_signal(signal.SIGKILL)
            first.process.wait()
        with HostProcess(tmp_path, roles="queues", settings=settings) as second:
            second.ready()
            events = second.wait_for_events("single", count=2)

            assert [event["delivery_count"] for event in events] == [1, 2]
            assert [event["pid"] for event in events] == [first.process.pid, second.process.pid]
            assert events[1]["at"] - events[0]["at"] > LOCK_SECONDS - 0.5


def test_sigterm_lets_a_message_in_flight_finish(tmp_path):
    with EmulatorProcess(tmp_path) as emulator:
        settings = {"SampleBus": emulator.connection_string}
        with HostProcess(tmp_path, roles="queues", settings=settings) as host:
            host.ready()
            emulator.send("singles", "linger 0.7")
            host.wait_for_events("single")

            assert host.terminate() == 0
            assert host.events("single-done")
            assert emulator.bodies("singles") == []


def test_the_host_connects_again_when_the_emulator_comes_back(tmp_path):
    with EmulatorProcess(tmp_path) as emulator:
        settings = {"SampleBus": emulator.connection_string}
        host = HostProcess(tmp_path, roles="queues", settings=settings)
        with host:
            host.ready()
            emulator.process.kill()
            emulator.process.wait()
            wait_until(lambda: "connection lost" in host.log(), 5, host.log)
            with EmulatorProcess(tmp_path, emulator.port) as restarted:
                restarted.send("singles", "after the restart")
                wait_until(
                    lambda: of_body(recorded(host.events_file, "single-done"), "after the restart"),
                    8,
                    host.log,
                )
            assert host.process.poll() is None
