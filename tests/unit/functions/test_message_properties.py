"""Of the properties of messages only those are read that something here needs."""

import json

import azure.functions as func
import pytest
from azure.functions.meta import Datum, _BaseConverter

import function_app

TEXTS = {"MessageId": "m", "ContentType": "application/json", "LockToken": "t"}
DATES = ("EnqueuedTimeUtc", "ExpiresAtUtc")
DEAD = '{"DeadLetterReason": "TTLExpiredException"}'


@pytest.fixture
def converter(monkeypatch):
    """What the worker asks for the converter of the trigger, where no date may be parsed."""
    assert function_app.app is not None, "the app has been loaded, and with it what it registers"

    def parsed(text: str | None) -> None:
        assert text is None, "a date was parsed"

    monkeypatch.setattr(_BaseConverter, "_parse_datetime", parsed)
    return func.get_binding_registry().get("serviceBusTrigger")


def single(properties: str = "{}") -> dict[str, Datum]:
    texts = {name: Datum(text, "string") for name, text in TEXTS.items()}
    dates = {name: Datum('"2031-05-02T07:00:00.1234567"', "json") for name in DATES}
    both = Datum(properties, "json")
    return texts | dates | {"ApplicationProperties": both, "UserProperties": both}


def batch(count: int) -> dict[str, Datum]:
    dates = {
        f"{name}Array": Datum(f"[{'"2031-05-02T07:00:00",' * (count - 1)}null]", "json") for name in DATES
    }
    both = Datum(f"[{','.join(['{}'] * count)}]", "json")
    return dates | {"ApplicationPropertiesArray": both, "UserPropertiesArray": both}


@pytest.mark.parametrize("kind", ["string", "bytes", "json"])
def test_a_message_has_its_body(converter, kind):
    body = b'{"id":1}' if kind == "bytes" else '{"id":1}'
    message = converter.decode(Datum(body, kind), trigger_metadata=single())
    assert isinstance(message, func.ServiceBusMessage)
    assert message.get_body() == b'{"id":1}'


def test_a_dead_letter_says_why_it_is_one(converter):
    message = converter.decode(Datum("{}", "string"), trigger_metadata=single(DEAD))
    assert message.application_properties["DeadLetterReason"] == "TTLExpiredException"


def test_a_batch_has_all_bodies_in_their_order(converter):
    bodies = Datum('[{"id":1},{"id":2},{"id":3}]', "json")
    messages = converter.decode(bodies, trigger_metadata=batch(3))
    assert [json.loads(message.get_body()) for message in messages] == [{"id": 1}, {"id": 2}, {"id": 3}]


def test_the_worker_takes_the_converter_for_that_of_a_trigger(converter):
    assert converter.has_trigger_support()
    assert converter.check_input_type_annotation(func.ServiceBusMessage)
