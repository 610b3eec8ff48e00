"""Daily files and the monthly page through the local cloud."""

import base64
import hashlib
import re

import pytest

from tests.support.scenarios.metrics_files import ask_metrics, rows_of
from tests.support.scenarios.owner import (
    Owner,
    email_order,
    new_email,
    new_phone,
    personal,
    sms_order,
)


@pytest.fixture
def busy_owner(cloud, owner):
    """An owner with one e-mail, one two-part SMS, one foreign SMS and a failure, all of 5 May 2031."""
    orders = (
        email_order(new_email(), sendersReference="sak-7"),
        email_order(new_email("bounce")),
        sms_order("+4799990001", settings={"body": "æ" * 161}),
        sms_order("+46700000001", settings={"body": "Hei fra Norge"}),
    )
    owner.ids = [owner.send(order) for order in orders]
    owner.wait_for_feed(4)
    return owner


def test_w33_files_hold_what_closed_yesterday(cloud, busy_owner):
    owner = busy_owner
    today, _ = rows_of(cloud, owner, "/sms")
    assert today == []
    cloud.set_clock("2031-05-06T03:00:00+02:00")

    emails, answer = rows_of(cloud, owner, "/email")
    assert {row["ShipmentId"] for row in emails} == {id_[:-6] + "000001" for id_ in owner.ids[:2]}
    delivered = next(row for row in emails if row["SendersReference"] == "sak-7")
    assert delivered["Result"] == "Delivered"
    assert delivered["ResourceId"] is None
    assert re.fullmatch(r"2031-05-05T10:0\d:\d\d\.\d{7}Z", delivered["RequestedSendTime"])
    assert {row["Result"] for row in emails} == {"Delivered", "Failed_Bounced"}

    sms, answer = rows_of(cloud, owner, "/sms")
    domestic, foreign = sorted(sms, key=lambda row: row["AltinnSmsCount"], reverse=True)
    assert domestic["GatewayReference"] != ""
    assert (domestic["Rate"], domestic["MobileNumberPrefix"]) == ("innland", "+479")
    assert (domestic["AltinnSmsCount"], domestic["AltinnSmsBodyLength"]) == (2, 161)
    assert (foreign["Rate"], foreign["MobileNumberPrefix"]) == ("utland", "+467")
    assert (foreign["AltinnSmsCount"], foreign["AltinnSmsCustomBodyLength"]) == (1, 0)
    assert len({row["SmsId"] for row in sms}) == 2

    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert "20310505_sms_notifications_local.parquet" in answer.headers["Content-Disposition"]
    assert answer.headers["X-File-Size"] == str(len(answer.content))
    digest = hashlib.md5(answer.content, usedforsecurity=False).digest()
    assert answer.headers["X-File-Hash"] == base64.b64encode(digest).decode()
    assert answer.headers["X-Environment"] == "local"
    assert answer.headers["X-Generated-At"].startswith("2031-05-06T01:00:")

    cloud.set_clock("2031-05-07T03:00:00+02:00")
    assert rows_of(cloud, owner, "/sms")[0] == []


def test_page_counts_the_month_per_organisation(cloud, busy_owner):
    form = ask_metrics(cloud, "GET")
    assert form.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<option selected>2031</option>" in form.text
    assert "<option>2026</option>" in form.text
    assert "<option>2025</option>" not in form.text
    page = ask_metrics(cloud, "POST", data={"month": "5", "year": "2031"})
    assert page.status_code == 200
    cells = "".join(f"<td>{cell}</td>" for cell in (busy_owner.org, 4, 2, 1, 3, 2))
    assert f"<tr>{cells}</tr>" in page.text
    assert busy_owner.org not in ask_metrics(cloud, "POST", data={"month": "4", "year": "2031"}).text


@pytest.mark.parametrize("form", [{}, {"month": "13", "year": "2031"}, {"month": "x", "year": "2031"}])
def test_impossible_months_are_refused(cloud, form):
    answer = ask_metrics(cloud, "POST", data=form)
    assert answer.status_code == 400
    assert "month" in answer.json()["errors"]


def test_files_need_the_key(cloud):
    for path in ("/sms", "/email"):
        for headers, text in (
            ({}, "API key required for Metrics endpoints"),
            ({"X-API-Key": ""}, "API key cannot be empty"),
            ({"X-API-Key": "feil"}, "Invalid API key"),
        ):
            answer = ask_metrics(cloud, "POST", path, headers=headers)
            assert (answer.status_code, answer.json()) == (401, {"error": text})


def test_page_needs_the_key_or_support(cloud):
    support = personal(cloud.token(scope="altinn:notifications.support.admin"))
    assert ask_metrics(cloud, "GET", headers={"Cookie": f"AltinnStudioRuntime={support}"}).status_code == 200
    assert ask_metrics(cloud, "GET", headers={"Authorization": f"Bearer {support}"}).status_code == 200
    assert ask_metrics(cloud, "GET", headers={"X-API-Key": "feil"}).json() == {"error": "Invalid API key"}
    owner = Owner(cloud)
    for method in ("GET", "POST"):
        assert ask_metrics(cloud, method, headers={}).status_code == 401
        assert (
            ask_metrics(cloud, method, headers={"Authorization": f"Bearer {owner.token}"}).status_code == 403
        )


def test_parts_are_counted_in_the_alphabet_of_the_text(cloud, owner):
    texts = {
        "a" * 160: 1,
        "a" * 161: 2,
        "a" * 306: 2,
        "a" * 307: 3,
        "ø" * 160: 1,
        "я" * 70: 1,
        "я" * 71: 2,
        "\N{BELL}" * 35: 1,
        "\N{BELL}" * 36: 2,
    }
    ids = [owner.send(sms_order(new_phone(), settings={"body": text})) for text in texts]
    owner.wait_for_feed(len(ids))
    cloud.set_clock("2031-05-06T03:00:00+02:00")
    rows, _ = rows_of(cloud, owner, "/sms")
    counted = {row["ShipmentId"]: row["AltinnSmsCount"] for row in rows}
    assert [counted[shipment_id[:-6] + "000001"] for shipment_id in ids] == list(texts.values())
