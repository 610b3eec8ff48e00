"""The e-mail endpoint, driven by the real SDK as the product drives it."""

import asyncio
import base64
import uuid
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from azure.communication.email import EmailClient as BlockingEmailClient
from azure.communication.email.aio import EmailClient
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError
from azure.core.rest import HttpRequest

from devstack.tests.support.acs_client import client_of, message, send
from devstack.tests.support.simulators import ACS_KEY, StartCloud


def repeatability(request_id: str, first_sent: datetime | None = None) -> dict[str, str]:
    return {
        "Repeatability-Request-Id": request_id,
        "Repeatability-First-Sent": format_datetime(first_sent or datetime.now(UTC), usegmt=True),
    }


async def status(client: EmailClient, operation_id: str) -> dict[str, object]:
    request = HttpRequest("GET", f"/emails/operations/{operation_id}", params={"api-version": "2025-09-01"})
    answer = await client.send_request(request)
    answer.raise_for_status()
    return answer.json()


async def test_an_email_is_captured_and_reported_under_the_chosen_operation_id(cloud):
    operation_id = str(uuid.uuid4())
    attachment = {
        "name": "brev.pdf",
        "contentType": "application/pdf",
        "contentInBase64": base64.b64encode(b"12345").decode(),
    }
    async with client_of(cloud) as client:
        accepted = await send(
            client, operation_id, {**message(html="<b>Hei</b>"), "attachments": [attachment]}
        )
    assert accepted == {"id": operation_id, "status": "Running"}
    [email] = (await cloud.outbox("Kari@example.no"))["emails"]
    assert (email["operationId"], email["to"], email["from"]) == (
        operation_id,
        "kari@example.no",
        "no-reply@example.no",
    )
    assert (email["subject"], email["body"], email["contentType"]) == ("Hei", "<b>Hei</b>", "Html")
    assert email["attachments"] == [{"name": "brev.pdf", "contentType": "application/pdf", "size": 5}]
    event = await cloud.events.next()
    assert event["eventType"] == "Microsoft.Communication.EmailDeliveryReportReceived"
    assert event["data"]["messageId"] == operation_id
    assert event["data"]["status"] == "Delivered"
    assert event["data"]["recipient"] == "kari@example.no"


async def test_the_blocking_client_works_too(cloud):
    def send_and_read() -> object:
        with BlockingEmailClient(cloud.url("acs"), AzureKeyCredential(ACS_KEY)) as client:
            return client.begin_send(message("ola@example.no"), polling=False).result()["status"]

    assert await asyncio.to_thread(send_and_read) == "Running"
    [email] = (await cloud.outbox("ola@example.no"))["emails"]
    assert (email["body"], email["contentType"]) == ("Æøå", "Plain")


async def test_a_wrong_key_is_denied_and_nothing_is_sent(cloud):
    async with client_of(cloud, base64.b64encode(b"another key").decode()) as client:
        with pytest.raises(HttpResponseError) as error:
            await send(client, str(uuid.uuid4()), message())
    assert error.value.status_code == 401
    assert (await cloud.control("GET", "/outbox"))["emails"] == []


async def test_a_body_that_was_tampered_with_is_denied(cloud):
    headers = {"Authorization": "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=eA=="}
    headers |= {"x-ms-date": format_datetime(datetime.now(UTC), usegmt=True), "x-ms-content-sha256": "eA=="}
    async with cloud.http.post(cloud.url("acs", "/emails:send?api-version=1"), headers=headers) as answer:
        assert answer.status == 401


async def test_a_repeat_gets_the_first_answer_and_sends_nothing(cloud):
    operation_id, body = str(uuid.uuid4()), message()
    headers = repeatability(operation_id)
    async with client_of(cloud) as client:
        first = await send(client, operation_id, body, dict(headers))
        assert await send(client, operation_id, body, dict(headers)) == first
    [email] = (await cloud.outbox("kari@example.no"))["emails"]
    assert email["duplicates"] == 1
    await cloud.events.next()
    assert cloud.events.bodies.empty()


async def test_a_repeat_that_differs_is_refused(cloud):
    operation_id = str(uuid.uuid4())
    headers = repeatability(operation_id)
    async with client_of(cloud) as client:
        await send(client, operation_id, message(), dict(headers))
        with pytest.raises(HttpResponseError) as error:
            await send(client, operation_id, message(plainText="other"), dict(headers))
    assert error.value.status_code == 400


@pytest.mark.parametrize("is_repeatable", [False, True])
async def test_an_operation_id_is_used_once(cloud, is_repeatable):
    operation_id = str(uuid.uuid4())
    async with client_of(cloud) as client:
        await send(client, operation_id, message(), repeatability(operation_id))
        headers = repeatability(str(uuid.uuid4())) if is_repeatable else {}
        with pytest.raises(HttpResponseError) as error:
            await send(client, operation_id, message(), headers)
    assert error.value.status_code == 409
    assert error.value.error.code == "OperationIdAlreadyExists"
    assert len((await cloud.outbox("kari@example.no"))["emails"]) == 1


async def test_a_request_first_sent_six_minutes_ago_is_too_old(cloud):
    operation_id = str(uuid.uuid4())
    old = repeatability(operation_id, datetime.now(UTC) - timedelta(minutes=6))
    async with client_of(cloud) as client:
        with pytest.raises(HttpResponseError) as error:
            await send(client, operation_id, message(), old)
    assert error.value.status_code == 412


@pytest.mark.parametrize(
    "headers",
    [
        {"Repeatability-Request-Id": str(uuid.uuid4())},
        {"Repeatability-Request-Id": "no uuid", "Repeatability-First-Sent": "Sun, 06 Nov 1994 08:49:37 GMT"},
        {"Repeatability-Request-Id": str(uuid.uuid4()), "Repeatability-First-Sent": "2026-01-01T00:00:00Z"},
    ],
)
async def test_malformed_repeatability_headers_are_refused(cloud, headers):
    async with client_of(cloud) as client:
        with pytest.raises(HttpResponseError) as error:
            await send(client, str(uuid.uuid4()), message(), headers)
    assert error.value.status_code == 400


async def test_an_operation_runs_until_its_report_and_unknown_ones_do_not_exist(start_cloud: StartCloud):
    cloud = await start_cloud(reportDelaySeconds=0.5)
    operation_id = str(uuid.uuid4())
    async with client_of(cloud) as client:
        await send(client, operation_id, message())
        assert (await status(client, operation_id))["status"] == "Running"
        await cloud.events.next()
        assert (await status(client, operation_id))["status"] == "Succeeded"
        with pytest.raises(HttpResponseError) as error:
            await status(client, str(uuid.uuid4()))
    assert error.value.status_code == 404


@pytest.mark.parametrize(
    ("local_part", "report"),
    [
        ("bounce", "Bounced"),
        ("quarantined.2", "Quarantined"),
        ("spam", "FilteredSpam"),
        ("failed", "Failed"),
        ("expanded", "Expanded"),
        ("Suppressed", "Suppressed"),
    ],
)
async def test_the_address_decides_what_is_reported(cloud, local_part, report):
    async with client_of(cloud) as client:
        await send(client, str(uuid.uuid4()), message(f"{local_part}@example.no"))
    assert (await cloud.events.next())["data"]["status"] == report


async def test_a_suppressed_operation_fails_with_the_code_of_the_service(cloud):
    operation_id = str(uuid.uuid4())
    async with client_of(cloud) as client:
        await send(client, operation_id, message("suppressed@example.no"))
        await cloud.events.next()
        failed = await status(client, operation_id)
    assert failed["status"] == "Failed"
    assert failed["error"]["code"] == "EmailDroppedAllRecipientsSuppressed"
    assert (await cloud.control("GET", "/outbox"))["emails"] == []


async def test_some_addresses_never_report(cloud):
    async with client_of(cloud) as client:
        await send(client, str(uuid.uuid4()), message("noreport@example.no"))
        await send(client, str(uuid.uuid4()), message("after@example.no"))
    assert (await cloud.events.next())["data"]["recipient"] == "after@example.no"


@pytest.mark.parametrize("to", ["invalidformat@example.no", "no address", "a@b"])
async def test_an_address_of_invalid_format_is_refused(cloud, to):
    async with client_of(cloud) as client:
        with pytest.raises(HttpResponseError, match="Invalid format for email address") as error:
            await send(client, str(uuid.uuid4()), message(to))
    assert error.value.status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {},
        {**message(), "content": {"subject": "no text"}},
        {**message(), "recipients": {"to": []}},
        {**message(), "attachments": [{"name": "a", "contentType": "b", "contentInBase64": "*"}]},
    ],
)
async def test_incomplete_bodies_are_refused(cloud, body):
    async with client_of(cloud) as client:
        with pytest.raises(HttpResponseError) as error:
            await send(client, str(uuid.uuid4()), body)
    assert error.value.status_code == 400


async def test_a_request_of_more_than_ten_megabytes_is_too_large(cloud):
    async with client_of(cloud) as client:
        with pytest.raises(HttpResponseError) as error:
            await send(client, str(uuid.uuid4()), message(plainText="x" * (10 * 1024 * 1024)))
    assert error.value.status_code == 413


async def test_throttling_says_when_to_come_back(cloud):
    await cloud.fault(target="acs.send", action="status", status=429, retryAfter=30, times=1)
    operation_id = str(uuid.uuid4())
    async with client_of(cloud) as client:
        with pytest.raises(HttpResponseError) as error:
            await send(client, operation_id, message())
        assert error.value.status_code == 429
        assert error.value.response.headers["Retry-After"] == "30"
        assert error.value.error.code == "TooManyRequests"
        await send(client, operation_id, message())
    assert len((await cloud.outbox("kari@example.no"))["emails"]) == 1


async def test_a_lost_answer_leaves_the_email_sent_and_the_repeat_recognised(cloud):
    await cloud.fault(target="acs.send", action="after", match={"to": "kari@*"}, times=1)
    operation_id, body = str(uuid.uuid4()), message()
    headers = repeatability(operation_id)
    async with client_of(cloud) as client:
        with pytest.raises((ServiceRequestError, ServiceResponseError)):
            await send(client, operation_id, body, dict(headers))
        assert (await send(client, operation_id, body, dict(headers)))["id"] == operation_id
        assert (await status(client, operation_id))["status"] in {"Running", "Succeeded"}
    [email] = (await cloud.outbox("kari@example.no"))["emails"]
    assert email["duplicates"] == 1


async def test_a_dropped_connection_sends_nothing(cloud):
    await cloud.fault(target="acs.send", action="disconnect", times=1)
    async with client_of(cloud) as client:
        with pytest.raises((ServiceRequestError, ServiceResponseError)):
            await send(client, str(uuid.uuid4()), message())
    assert (await cloud.control("GET", "/outbox"))["emails"] == []


async def test_a_server_that_keeps_silent_sends_nothing(cloud):
    await cloud.fault(target="acs.send", action="timeout", times=1)
    async with EmailClient(
        cloud.url("acs"), AzureKeyCredential(ACS_KEY), retry_total=0, read_timeout=0.2
    ) as client:
        with pytest.raises((ServiceRequestError, ServiceResponseError)):
            await send(client, str(uuid.uuid4()), message())
    assert (await cloud.control("GET", "/outbox"))["emails"] == []


async def test_a_status_read_can_fail_alone(cloud):
    operation_id = str(uuid.uuid4())
    await cloud.fault(
        target="acs.status", action="status", status=429, match={"to": "kari@example.no"}, times=1
    )
    async with client_of(cloud) as client:
        await send(client, operation_id, message())
        with pytest.raises(HttpResponseError) as error:
            await status(client, operation_id)
        assert error.value.status_code == 429
        await status(client, operation_id)


async def test_reports_can_be_doubled_dropped_and_garbled(cloud):
    await cloud.fault(target="acs.report", action="duplicate", match={"to": "twice@*"})
    await cloud.fault(target="acs.report", action="drop", match={"to": "never@*"})
    await cloud.fault(target="acs.report", action="malformed", match={"to": "broken@*"})
    async with client_of(cloud) as client:
        for to in ("never@example.no", "twice@example.no"):
            await send(client, str(uuid.uuid4()), message(to))
        first, second = await cloud.events.next(), await cloud.events.next()
        await send(client, str(uuid.uuid4()), message("broken@example.no"))
    assert first == second
    assert first["data"]["recipient"] == "twice@example.no"
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        await cloud.events.next()
