"""The queue declaration and connection strings."""

from datetime import timedelta
from pathlib import Path

import pytest

from devstack.project import ROOT
from devstack.servicebus.addresses import QueueAddress, parse_address
from devstack.servicebus.client.connection_string import ConnectionString
from devstack.servicebus.queues.declaration import DeclarationError, load_declarations, parse_duration


def test_the_declaration_that_is_deployed() -> None:
    queues = {queue.name: queue for queue in load_declarations(ROOT / "infra" / "queues.json")}
    assert {"orders", "email-send", "sms-send", "delivery-reports", "status-feed"} <= queues.keys()
    assert queues["orders"].max_delivery_count == 10
    assert queues["orders"].default_time_to_live == timedelta(days=14)
    assert queues["orders"].detects_duplicates


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("P14D", timedelta(days=14)),
        ("PT1M", timedelta(minutes=1)),
        ("P1DT2H3M4.5S", timedelta(days=1, hours=2, minutes=3, seconds=4.5)),
    ],
)
def test_durations(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize("text", ["", "P", "PT", "1M", "P1M", "P1Y", "-P1D"])
def test_what_is_no_supported_duration(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    "content", ["", "[]", '{"queues": [{}]}', '{"queues": [{"name": "q", "maxDeliveryCount": 0}]}']
)
def test_a_broken_declaration_names_its_file(tmp_path: Path, content: str) -> None:
    path = tmp_path / "queues.json"
    path.write_text(content)
    with pytest.raises(DeclarationError, match=r"queues\.json"):
        load_declarations(path)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("orders", QueueAddress("orders", management=False)),
        ("amqps://127.0.0.1:5672/Orders", QueueAddress("orders", management=False)),
        ("amqps://h/orders/$DeadLetterQueue", QueueAddress("orders/$deadletterqueue", management=False)),
        ("/orders/$management", QueueAddress("orders", management=True)),
    ],
)
def test_addresses(address: str, expected: QueueAddress) -> None:
    assert parse_address(address) == expected


def test_connection_strings() -> None:
    text = (
        "Endpoint=sb://localhost:99/;SharedAccessKeyName=n;SharedAccessKey=a=b=;UseDevelopmentEmulator=true;"
    )
    parsed = ConnectionString.parse(text)
    assert (parsed.host, parsed.port, parsed.key_name, parsed.key) == ("localhost", 99, "n", "a=b=")
    assert ConnectionString.parse(str(parsed)) == parsed
    assert "a=b=" not in repr(parsed)
    without_port = text.replace(":99", "")
    assert ConnectionString.parse(without_port).port == 5672
    with pytest.raises(ValueError, match="SharedAccessKeyName"):
        ConnectionString.parse("Endpoint=sb://localhost;SharedAccessKey=x")
