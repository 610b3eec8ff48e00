"""The dates of messages are read without compiling a format twice."""

import _strptime

import pytest
from azure.functions import ServiceBusMessage
from azure.functions.meta import Datum
from azure.functions.servicebus import ServiceBusMessageInConverter

import function_app

DATES = {
    "EnqueuedTimeUtc": "2031-05-02T07:00:00.1234567Z",
    "ExpiresAtUtc": "05/02/2031 07:00:00.123+00:00",
    "LockedUntil": "2031-05-02T07:00:00",
    "ScheduledEnqueueTimeUtc": "05/02/2031T07:00:00",
}


def read_message() -> ServiceBusMessage:
    metadata = {name: Datum(f'"{text}"', "json") for name, text in DATES.items()}
    return ServiceBusMessageInConverter.decode_single_message(
        Datum("{}", "string"), trigger_metadata=metadata
    )


@pytest.fixture
def compiled(monkeypatch):
    assert function_app.app is not None, "the app has been loaded, and with it what it sets"
    formats = []
    compile_format = _strptime.TimeRE.compile

    def counted(self, format_):
        formats.append(format_)
        return compile_format(self, format_)

    monkeypatch.setattr(_strptime.TimeRE, "compile", counted)
    return formats


def test_no_format_is_compiled_twice(compiled):
    first = read_message()
    assert first.locked_until is not None
    assert first.expires_at_utc is not None
    compiled.clear()
    for _ in range(3):
        read_message()
    assert compiled == []
