import io
from datetime import UTC, date, datetime

import pyarrow.parquet as pq
import pytest

from shared.contracts.metrics.daily_file import MetricsFile
from shared.domain.orders.ended_shipment import ClosedShipment, SentNotification, SmsSize
from shared.domain.orders.ids import known_id
from shared.domain.orders.notification import EmailResult, Notification, SmsResult
from shared.domain.orders.order import Channel, OrderStatus, OrderType

NOW = datetime(2031, 5, 6, 1, 2, 3, 450000, tzinfo=UTC)
DAY = date(2031, 5, 5)
SEND_AT = datetime(2031, 5, 5, 7, tzinfo=UTC)


def row(channel, address="post@example.no", size=None, template=None, texts=()):
    result = SmsResult.DELIVERED if channel is Channel.SMS else EmailResult.DELIVERED
    notification = Notification(1, 0, channel, address, result, SEND_AT)
    shipment = ClosedShipment(
        "3c7a0f0e-97c4-4e8b-8d2a-51a701000000",
        OrderType.NOTIFICATION,
        OrderStatus.COMPLETED,
        SEND_AT,
        None,
        (notification,),
        sms_template=template,
        sms_texts=texts,
    )
    return SentNotification(
        "ttd", known_id("3c7a0f0e-97c4-4e8b-8d2a-51a701000001"), shipment, notification, size
    )


def table(channel, *rows, environment="local"):
    writing = MetricsFile(channel, DAY)
    for one in rows:
        writing.add([one])
    file = writing.finish(environment, NOW)
    return pq.read_table(io.BytesIO(file.content)), file


def test_columns_of_the_files():
    email, _ = table(Channel.EMAIL)
    assert [(field.name, str(field.type)) for field in email.schema] == [
        ("EmailId", "int64"),
        *(
            (name, "string")
            for name in ("ShipmentId", "SendersReference", "RequestedSendTime", "CreatorName")
        ),
        ("ResourceId", "string"),
        ("Result", "string"),
        ("OperationId", "string"),
    ]
    sms, _ = table(Channel.SMS)
    assert [(field.name, str(field.type)) for field in sms.schema] == [
        ("SmsId", "int64"),
        *(
            (name, "string")
            for name in ("ShipmentId", "SendersReference", "RequestedSendTime", "CreatorName")
        ),
        ("ResourceId", "string"),
        *((name, "string") for name in ("Result", "GatewayReference", "Rate", "MobileNumberPrefix")),
        *((name, "int32") for name in ("AltinnSmsCount", "AltinnSmsBodyLength", "AltinnSmsCustomBodyLength")),
    ]
    assert [field.name for field in sms.schema if field.nullable] == ["ResourceId"]


@pytest.mark.parametrize(
    ("number", "rate", "prefix"),
    [
        ("", "n/a", ""),
        ("+4791700001", "innland", "+479"),
        ("004791700001", "innland", "0047"),
        ("+46700000001", "utland", "+467"),
    ],
)
def test_rate_follows_the_country(number, rate, prefix):
    (read,) = table(Channel.SMS, row(Channel.SMS, number))[0].to_pylist()
    assert (read["Rate"], read["MobileNumberPrefix"]) == (rate, prefix)


def test_what_is_missing_is_empty_and_ids_are_stable():
    first, _ = table(Channel.EMAIL, row(Channel.EMAIL))
    (read,) = first.to_pylist()
    assert (read["SendersReference"], read["OperationId"], read["ResourceId"]) == ("", "", None)
    assert read["RequestedSendTime"] == "2031-05-05T07:00:00.0000000Z"
    assert 0 < read["EmailId"] < 2**63
    assert first == table(Channel.EMAIL, row(Channel.EMAIL))[0]


def test_sms_texts_are_measured():
    template, own = SmsSize(20, 1), SmsSize(200, 2)
    common = row(Channel.SMS, "+4791700001", template, template)
    personal = row(Channel.SMS, "+4791700001", own, template, (own,))
    names = ("AltinnSmsCount", "AltinnSmsBodyLength", "AltinnSmsCustomBodyLength")
    read = table(Channel.SMS, common, personal)[0].to_pylist()
    assert [tuple(one[name] for name in names) for one in read] == [(1, 20, 0), (2, 20, 200)]


def test_headers_describe_the_file():
    _, file = table(Channel.SMS, row(Channel.SMS), row(Channel.SMS), environment='tt02"; x')
    assert file.headers["X-Total-FileTransfer-Count"] == "2"
    assert file.headers["X-Generated-At"] == "2031-05-06T01:02:03.4500000+00:00"
    name = "20310505_sms_notifications_tt02-x.parquet"
    assert file.headers["Content-Disposition"] == f'attachment; filename="{name}"'
