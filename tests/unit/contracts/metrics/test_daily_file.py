import io
from datetime import UTC, date, datetime

import pyarrow.parquet as pq
import pytest

from shared.contracts.metrics.daily_file import FileRow, MetricsFile
from shared.contracts.metrics.month_page import OrganisationRow, metrics_page
from shared.contracts.reading.queries import MetricsMonth
from shared.domain.orders.order import Channel

NOW = datetime(2031, 5, 6, 1, 2, 3, 450000, tzinfo=UTC)
DAY = date(2031, 5, 5)


def row(**more):
    values = {
        "notification_id": "3c7a0f0e-97c4-4e8b-8d2a-51a701000001",
        "owner": "ttd",
        "senders_reference": None,
        "requested_send_at": datetime(2031, 5, 5, 7, tzinfo=UTC),
        "resource_id": None,
        "result": "Delivered",
        "reference": None,
    }
    return FileRow(**(values | more))


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
    (read,) = table(Channel.SMS, row(mobile_number=number))[0].to_pylist()
    assert (read["Rate"], read["MobileNumberPrefix"]) == (rate, prefix)


def test_what_is_missing_is_empty_and_ids_are_stable():
    first, _ = table(Channel.EMAIL, row())
    (read,) = first.to_pylist()
    assert (read["SendersReference"], read["OperationId"], read["ResourceId"]) == ("", "", None)
    assert read["RequestedSendTime"] == "2031-05-05T07:00:00.0000000Z"
    assert 0 < read["EmailId"] < 2**63
    assert first == table(Channel.EMAIL, row())[0]


def test_headers_describe_the_file():
    _, file = table(Channel.SMS, row(), row(), environment='tt02"; x')
    assert file.headers["X-Total-FileTransfer-Count"] == "2"
    assert file.headers["X-Generated-At"] == "2031-05-06T01:02:03.4500000+00:00"
    name = "20310505_sms_notifications_tt02-x.parquet"
    assert file.headers["Content-Disposition"] == f'attachment; filename="{name}"'


def test_page_escapes_names_and_marks_the_month():
    page = metrics_page(MetricsMonth(2030, 2), 2031, [OrganisationRow("<b>ttd", 1, 2, 3, 4, 5)]).decode()
    assert "<td>&lt;b&gt;ttd</td><td>1</td><td>2</td><td>3</td><td>4</td><td>5</td>" in page
    assert "<option selected>2030</option>" in page
    assert "<option selected>2</option>" in page
    assert "<table>" not in metrics_page(MetricsMonth(2030, 2), 2031).decode()
