"""What the host reads before it starts: bindings, settings and host.json."""

import json

import pytest

from devstack.host.bindings import HttpTrigger, ServiceBusTrigger, connection_string, parse_trigger
from devstack.host.errors import BindingError, SettingError
from devstack.host.host_json import read_host_json


def binding(**fields):
    return json.dumps({"direction": "IN", "name": "x", **fields})


def queue_binding(**fields):
    return binding(type="serviceBusTrigger", **{"connection": "Bus", "queueName": "orders", **fields})


def test_settings_are_resolved_in_every_place():
    queue = parse_trigger("f", [queue_binding(queueName="%Q%/$DeadLetterQueue")], {"Q": "orders"})
    route = parse_trigger("f", [binding(type="httpTrigger", route="%R%/{id}", methods=["get"])], {"R": "r"})

    assert queue == ServiceBusTrigger(
        "f", "x", "orders/$deadletterqueue", "Bus", batch=False, auto_complete=None
    )
    assert route == HttpTrigger("f", "x", "r/{id}", frozenset({"GET"}))


@pytest.mark.parametrize("settings", [{}, {"RELEASE_DUE_SCHEDULE": ""}])
def test_a_missing_setting_is_named_together_with_its_function(settings):
    with pytest.raises(SettingError, match=r"release_due.*RELEASE_DUE_SCHEDULE"):
        parse_trigger(
            "release_due", [binding(type="timerTrigger", schedule="%RELEASE_DUE_SCHEDULE%")], settings
        )


def test_batches_and_completion_are_read_from_the_binding():
    trigger = parse_trigger("f", [queue_binding(cardinality="MANY", autoCompleteMessages=False)], {})

    assert isinstance(trigger, ServiceBusTrigger)
    assert trigger.batch
    assert trigger.auto_complete is False


@pytest.mark.parametrize(
    "bindings",
    [
        [binding(type="blobTrigger")],
        [queue_binding(), binding(type="serviceBus", direction="OUT")],
        [queue_binding(isSessionsEnabled=True)],
        [binding(type="serviceBusTrigger", connection="Bus", topicName="t")],
        [binding(type="timerTrigger", schedule="* * * * *")],
        [queue_binding(), queue_binding()],
        [],
    ],
)
def test_what_the_host_does_not_emulate_is_refused_by_name(bindings):
    with pytest.raises(BindingError, match=r"^f: "):
        parse_trigger("f", bindings, {})


def test_the_connection_is_a_setting_that_holds_a_connection_string():
    trigger = parse_trigger("f", [queue_binding()], {})
    assert isinstance(trigger, ServiceBusTrigger)

    assert connection_string(trigger, {"Bus": "Endpoint=sb://b"}) == "Endpoint=sb://b"
    assert connection_string(trigger, {"AzureWebJobsBus": "Endpoint=sb://c"}) == "Endpoint=sb://c"
    with pytest.raises(SettingError, match=r"f: the connection setting Bus is missing"):
        connection_string(trigger, {})
    with pytest.raises(SettingError, match=r"set Bus instead"):
        connection_string(trigger, {"Bus__fullyQualifiedNamespace": "b.servicebus.windows.net"})


def host_json(directory, document):
    (directory / "host.json").write_text(document if isinstance(document, str) else json.dumps(document))
    return read_host_json(directory)


def test_azure_defaults_apply_to_what_is_left_out(tmp_path):
    settings = host_json(tmp_path, {"version": "2.0"})

    assert settings.route_prefix == "api"
    assert settings.function_timeout == 1800
    assert settings.service_bus.auto_complete
    assert settings.service_bus.prefetch_count == 0
    assert settings.service_bus.max_lock_renewal == 300
    assert settings.service_bus.max_batch_size == 1000
    assert settings.service_bus.max_concurrent_calls % 16 == 0


def test_host_json_overrides_the_defaults(tmp_path):
    service_bus = {
        "maxConcurrentCalls": 3, "prefetchCount": 7, "maxAutoLockRenewalDuration": "1.00:00:01.5",
        "autoCompleteMessages": False, "maxMessageBatchSize": 9, "minMessageBatchSize": 2,
        "maxBatchWaitTime": "00:00:02",
    }  # fmt: skip
    document = {
        "functionTimeout": "-1",
        "extensions": {"http": {"routePrefix": ""}, "serviceBus": service_bus},
    }
    settings = host_json(tmp_path, document)

    assert settings.route_prefix == ""
    assert settings.function_timeout is None
    assert settings.service_bus.max_concurrent_calls == 3
    assert settings.service_bus.prefetch_count == 7
    assert settings.service_bus.max_lock_renewal == 86401.5
    assert not settings.service_bus.auto_complete
    assert settings.service_bus.max_batch_size == 9
    assert settings.service_bus.min_batch_size == 2
    assert settings.service_bus.max_batch_wait == 2


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ("{", "host.json"),
        ({"functionTimeout": "5 minutes"}, "functionTimeout"),
        ({"extensions": {"serviceBus": {"maxConcurrentCalls": 0}}}, "maxConcurrentCalls"),
        (
            {"extensions": {"serviceBus": {"maxAutoLockRenewalDuration": "00:05"}}},
            "maxAutoLockRenewalDuration",
        ),
    ],
)
def test_impossible_values_are_named(tmp_path, document, named):
    with pytest.raises(SettingError, match=named):
        host_json(tmp_path, document)


def test_a_missing_host_json_is_named(tmp_path):
    with pytest.raises(SettingError, match=r"no host\.json"):
        read_host_json(tmp_path)
