"""The page of a month and the files of a day: who gets them and what they hold."""

import base64
import hashlib
import io
from datetime import timedelta

import pyarrow.parquet
import pytest

from tests.support.api.answers import assert_empty, errors_of, json_of
from tests.support.api.endpoints import SUPPORT
from tests.support.scenarios.metrics_files import ask_metrics
from tests.support.scenarios.owner import (
    email_order,
    new_email,
    new_phone,
    personal,
    sms_order,
)

FILE_HEADERS = ("X-File-Hash", "X-File-Size", "X-Total-FileTransfer-Count", "X-Generated-At", "X-Environment")
COLUMNS = {
    "sms": [
        "SmsId",
        "ShipmentId",
        "SendersReference",
        "RequestedSendTime",
        "CreatorName",
        "ResourceId",
        "Result",
        "GatewayReference",
        "Rate",
        "MobileNumberPrefix",
        "AltinnSmsCount",
        "AltinnSmsBodyLength",
        "AltinnSmsCustomBodyLength",
    ],
    "email": [
        "EmailId",
        "ShipmentId",
        "SendersReference",
        "RequestedSendTime",
        "CreatorName",
        "ResourceId",
        "Result",
        "OperationId",
    ],
}


@pytest.mark.parametrize("channel", ["sms", "email"])
@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({}, "API key required for Metrics endpoints"),
        ({"X-API-Key": ""}, "API key cannot be empty"),
        ({"X-API-Key": "wrong"}, "Invalid API key"),
    ],
)
def test_metrics_files_need_the_key(cloud, channel, headers, text):
    answer = ask_metrics(cloud, "POST", f"/{channel}", headers=headers)
    assert json_of(answer, 401) == {"error": text}


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_metrics_file_of_yesterday(cloud, owner, channel):
    order = (sms_order(new_phone()) if channel == "sms" else email_order(new_email())) | {
        "sendersReference": "sak-6"
    }
    owner.wait_for_feed_entry(shipment_id := owner.send(order))
    yesterday = cloud.now()
    cloud.set_clock(yesterday + timedelta(days=1))
    answer = ask_metrics(cloud, "POST", f"/{channel}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/octet-stream"
    name = f"{yesterday:%Y%m%d}_{channel}_notifications_local.parquet"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert name in answer.headers["Content-Disposition"]
    assert all(answer.headers[header] for header in FILE_HEADERS)
    assert answer.headers["X-File-Size"] == str(len(answer.content))
    digest = hashlib.md5(answer.content, usedforsecurity=False).digest()
    assert answer.headers["X-File-Hash"] == base64.b64encode(digest).decode()
    assert answer.headers["X-Environment"] == "local"
    table = pyarrow.parquet.read_table(io.BytesIO(answer.content))
    assert table.column_names == COLUMNS[channel]
    assert answer.headers["X-Total-FileTransfer-Count"] == str(table.num_rows)
    notification_id = f"{shipment_id[:-6]}000001"  # the column is called otherwise and holds this
    (row,) = (row for row in table.to_pylist() if row["ShipmentId"] == notification_id)
    assert (row["CreatorName"], row["SendersReference"], row["Result"]) == (owner.org, "sak-6", "Delivered")


def test_metrics_page_needs_a_credential(cloud, owner):
    """Quirk S3: the page of the reference system is open, this one is not."""
    for method in ("GET", "POST"):
        assert_empty(ask_metrics(cloud, method, headers={}), 401)
        assert_empty(owner.ask(method, "/metrics"), 403)


def test_metrics_page(cloud):
    token = personal(cloud.token(scope=SUPPORT))
    headers = {"Authorization": f"Bearer {token}"}
    form = ask_metrics(cloud, "GET", headers=headers)
    assert form.status_code == 200
    assert form.headers["Content-Type"].startswith("text/html")
    assert "<table" not in form.text
    month = ask_metrics(cloud, "POST", headers=headers, data={"month": 5, "year": 2031})
    assert month.status_code == 200
    assert "<table" in month.text
    for wrong in ({}, {"month": 13, "year": 2031}, {"month": "x", "year": "y"}):
        errors = errors_of(ask_metrics(cloud, "POST", headers=headers, data=wrong))
        assert set(errors) <= {"month", "year"}
