"""The e-mail provider over the real SDK against a stub endpoint: what is sent, how answers are read."""

import asyncio
import base64
import json
import logging
import socket
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError

from shared.domain.orders.notification import EmailResult
from shared.domain.orders.order import EmailContentType
from shared.ports.email import EmailAttachment, EmailOperation, EmailOperationStatus, OutgoingEmail
from shared.ports.sending import SendOutcome, SendStatus
from shared.providers.email_acs import AcsEmailProvider
from shared.runtime.http_transport import LeanTransport

ID = "7f3c2a10-0000-4000-8000-000000000001"
KEY = AzureKeyCredential(base64.b64encode(b"k" * 32).decode())
SENDER = "ikke-svar@example.no"
EMAIL = OutgoingEmail(
    operation_id=ID,
    first_sent_at=datetime(2031, 5, 2, 7, 3, 10, 999, UTC),
    to="kari.nordmann@example.no",
    sender=SENDER,
    subject="Emne æøå",
    body="<p>Hei</p>",
    content_type=EmailContentType.HTML,
)


class Acs:
    """A stub of the service: answers what the test says and keeps what it was asked."""

    def __init__(self) -> None:
        self.status = 202
        self.body: object = {"id": ID, "status": "Running"}
        self.headers: dict[str, str] = {}
        self.disconnect = False
        self.release: asyncio.Event | None = None
        self.requests: list[tuple[web.Request, bytes]] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.requests.append((request, await request.read()))
        if self.release is not None:
            await self.release.wait()
        if self.disconnect:
            request.transport.abort()
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return web.Response(
            status=self.status, text=text, content_type="application/json", headers=self.headers
        )


@pytest.fixture
def acs() -> Acs:
    return Acs()


@pytest.fixture
async def transport() -> AsyncIterator[LeanTransport]:
    lean = LeanTransport()
    yield lean
    await lean.shutdown()


@pytest.fixture
async def provider(acs, transport) -> AsyncIterator[AcsEmailProvider]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", acs.answer)
    async with TestServer(app) as server:
        yield AcsEmailProvider(
            str(server.make_url("/")), KEY, transport, default_sender=SENDER, deadline_seconds=5
        )


async def test_request_carries_everything_that_lets_the_service_know_a_repeat(acs, provider):
    assert await provider.send(EMAIL) == SendOutcome(SendStatus.ACCEPTED, ID)
    await provider.send(EMAIL)
    await provider.send(replace(EMAIL, first_sent_at=EMAIL.first_sent_at + timedelta(minutes=4)))
    (request, body), (repeat, repeated), (anew, _) = acs.requests
    assert (request.method, request.path) == ("POST", "/emails:send")
    assert request.headers["Operation-Id"] == ID
    request_id = request.headers["Repeatability-Request-Id"]
    assert uuid.UUID(request_id)
    assert repeat.headers["Repeatability-Request-Id"] == request_id
    assert anew.headers["Repeatability-Request-Id"] != request_id
    assert anew.headers["Operation-Id"] == ID
    assert request.headers["Repeatability-First-Sent"] == "Fri, 02 May 2031 07:03:10 GMT"
    assert request.headers["Authorization"].startswith("HMAC-SHA256 ")
    assert json.loads(body) == {
        "senderAddress": "ikke-svar@example.no",
        "recipients": {"to": [{"address": "kari.nordmann@example.no"}]},
        "content": {"subject": "Emne æøå", "html": "<p>Hei</p>"},
        "userEngagementTrackingDisabled": True,
    }
    assert body == repeated


async def test_plain_text_with_attachment(acs, provider):
    file = EmailAttachment("brev.pdf", "application/pdf", b"\x00\xff")
    plain = OutgoingEmail(
        ID, EMAIL.first_sent_at, "a@b.no", "c@d.no", "s", "b", EmailContentType.PLAIN, (file,)
    )
    await provider.send(plain)
    sent = json.loads(acs.requests[0][1])
    assert sent["content"] == {"subject": "s", "plainText": "b"}
    assert sent["attachments"] == [
        {"name": "brev.pdf", "contentType": "application/pdf", "contentInBase64": "AP8="}
    ]


@pytest.mark.parametrize(
    "body", [{"id": "other", "status": "Running"}, {"status": "Running"}, [], "not json", ""]
)
async def test_accepted_is_accepted_under_the_id_returned_or_ours(acs, provider, body):
    acs.body = body
    outcome = await provider.send(EMAIL)
    expected = "other" if isinstance(body, dict) and "id" in body else ID
    assert outcome == SendOutcome(SendStatus.ACCEPTED, expected)
    assert len(acs.requests) == 1


@pytest.mark.parametrize("status", [408, 409, 412, 500, 502, 503, 504, 200])
async def test_answers_that_settle_nothing_are_in_doubt_and_not_retried(acs, provider, status):
    acs.status, acs.headers = status, {"Retry-After": "0", "Location": "/elsewhere"}
    assert (await provider.send(EMAIL)).status is SendStatus.IN_DOUBT
    assert len(acs.requests) == 1


OTHER = replace(EMAIL, sender="post@etat.example.com")
NOT_LINKED = {"code": "DomainNotLinked", "message": "The specified sender domain has not been linked."}
UNKNOWN_SENDER = {"code": "InvalidSenderUserName", "message": "Invalid email sender username: 'ikke-svar'."}


@pytest.mark.parametrize(
    ("status", "error", "email", "settings"),
    [
        (401, {"code": "Denied", "message": "x"}, OTHER, "ACS_EMAIL_ACCESS_KEY"),
        (403, {"code": "SubscriptionSuspended"}, OTHER, "ACS_EMAIL_ACCESS_KEY"),
        (403, {}, EMAIL, "ACS_EMAIL_ACCESS_KEY"),
        (404, {"code": "ResourceNotFound"}, OTHER, "ACS_EMAIL_ENDPOINT"),
        (404, {}, EMAIL, "ACS_EMAIL_ENDPOINT"),
        (307, {}, EMAIL, "ACS_EMAIL_ENDPOINT"),
        (404, NOT_LINKED, EMAIL, "DEFAULT_EMAIL_FROM_ADDRESS"),
        (403, NOT_LINKED, EMAIL, "DEFAULT_EMAIL_FROM_ADDRESS"),
        (404, NOT_LINKED, replace(EMAIL, sender="Other@EXAMPLE.no"), "DEFAULT_EMAIL_FROM_ADDRESS"),
        (400, UNKNOWN_SENDER, EMAIL, "DEFAULT_EMAIL_FROM_ADDRESS"),
        (400, UNKNOWN_SENDER, replace(EMAIL, sender=SENDER.upper()), "DEFAULT_EMAIL_FROM_ADDRESS"),
    ],
)
async def test_settings_of_ours_that_are_refused_are_not_the_emails_fault(
    acs, provider, status, error, email, settings
):
    acs.status, acs.body = status, {"error": error}
    acs.headers = {"Location": "/elsewhere"}
    outcome = await provider.send(email)
    assert (outcome.status, outcome.result) == (SendStatus.NOT_SENT, None)
    assert settings in outcome.wrong_settings
    assert len(acs.requests) == 1


@pytest.mark.parametrize(
    ("status", "error", "email"),
    [
        (404, NOT_LINKED, OTHER),
        (403, NOT_LINKED, OTHER),
        (400, UNKNOWN_SENDER, OTHER),
        (400, UNKNOWN_SENDER, replace(EMAIL, sender="post@example.no")),
    ],
)
async def test_an_unknown_sender_that_the_order_named_is_the_orders_mistake(
    acs, provider, status, error, email
):
    acs.status, acs.body = status, {"error": error}
    assert await provider.send(email) == SendOutcome(
        SendStatus.REFUSED, result=EmailResult.FAILED_UNKNOWN_SENDER
    )


@pytest.mark.parametrize(
    ("status", "error", "result"),
    [
        (
            400,
            {"code": "BadRequest", "message": "Invalid format for email address"},
            "Failed_InvalidEmailFormat",
        ),
        (400, {"code": "EmailDroppedAllRecipientsSuppressed", "message": "x"}, "Failed_SupressedRecipient"),
        (400, {"code": None, "message": None}, "Failed"),
        (413, {"code": "TooLarge"}, "Failed_PayloadTooLarge"),
        (422, {"code": "BadRequest"}, "Failed"),
        (400, "text", "Failed"),
    ],
)
async def test_refusals_are_permanent_and_named(acs, provider, status, error, result):
    acs.status, acs.body = status, {"error": error}
    assert await provider.send(EMAIL) == SendOutcome(SendStatus.REFUSED, result=result)


async def test_throttling_says_how_long(acs, provider):
    acs.status = 429
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    past = format_datetime(datetime.now(UTC) - timedelta(seconds=90), usegmt=True)
    day, never = 86_400, "Fri, 31 Dec 9999 23:59:59 GMT"
    for header, least, most in (("17", 17, 17), (soon, 85, 91), ("9" * 400, day, day), (never, day, day)):
        acs.headers = {"Retry-After": header}
        outcome = await provider.send(EMAIL)
        assert outcome.status is SendStatus.NOT_SENT
        assert least <= outcome.retry_after <= most
    for header in (past, "soon", "-1"):
        acs.headers = {"Retry-After": header}
        assert await provider.send(EMAIL) == SendOutcome(SendStatus.NOT_SENT)


async def test_lost_answer_is_in_doubt(acs, provider):
    acs.disconnect = True
    assert await provider.send(EMAIL) == SendOutcome(SendStatus.IN_DOUBT)
    assert len(acs.requests) == 1


async def test_deadline_covers_the_whole_call(acs, provider):
    acs.release = asyncio.Event()
    provider.deadline_seconds = 0.2
    assert await provider.send(EMAIL) == SendOutcome(SendStatus.IN_DOUBT)
    assert await provider.operation(ID) == EmailOperation(EmailOperationStatus.UNKNOWN)
    acs.release.set()


async def test_no_connection_is_not_sent(transport):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = AcsEmailProvider(
            f"http://127.0.0.1:{unused.getsockname()[1]}", KEY, transport, default_sender=SENDER
        )
        assert await nobody.send(EMAIL) == SendOutcome(SendStatus.NOT_SENT)
        assert await nobody.operation(ID) == EmailOperation(EmailOperationStatus.UNKNOWN)


async def test_no_identity_is_not_sent(transport):
    class NoIdentity:
        async def get_token(self, *_scopes: str, **_options: object) -> None:
            raise ClientAuthenticationError("no identity here")

    nobody = AcsEmailProvider("https://acs.invalid", NoIdentity(), transport, default_sender=SENDER)
    outcome = await nobody.send(EMAIL)
    assert outcome.status is SendStatus.NOT_SENT
    assert "AZURE_CLIENT_ID" in outcome.wrong_settings
    assert (await nobody.operation(ID)).wrong_settings == outcome.wrong_settings


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, {"status": "NotStarted"}, EmailOperation(EmailOperationStatus.RUNNING, retry_after=3)),
        (200, {"status": "Running"}, EmailOperation(EmailOperationStatus.RUNNING, retry_after=3)),
        (200, {"status": "Succeeded"}, EmailOperation(EmailOperationStatus.SUCCEEDED, retry_after=3)),
        (200, {"status": "Canceled"}, EmailOperation(EmailOperationStatus.FAILED, "Failed")),
        (
            200,
            {"status": "Failed", "error": {"code": "EmailDroppedAllRecipientsSuppressed"}},
            EmailOperation(EmailOperationStatus.FAILED, "Failed_SupressedRecipient"),
        ),
        (200, {"status": "Odd"}, EmailOperation(EmailOperationStatus.UNKNOWN, retry_after=3)),
        (200, "not json", EmailOperation(EmailOperationStatus.UNKNOWN)),
        (404, {}, EmailOperation(EmailOperationStatus.NOT_FOUND)),
        (429, {}, EmailOperation(EmailOperationStatus.THROTTLED, retry_after=3)),
        (
            401,
            {},
            EmailOperation(
                EmailOperationStatus.UNKNOWN, wrong_settings="ACS_EMAIL_ACCESS_KEY (or ACS_EMAIL_ENDPOINT)"
            ),
        ),
        (500, {}, EmailOperation(EmailOperationStatus.UNKNOWN)),
    ],
)
async def test_operation_status(acs, provider, status, body, expected):
    acs.status, acs.body, acs.headers = status, body, {"Retry-After": "3"}
    assert await provider.operation(ID) == expected
    request, _ = acs.requests[0]
    assert (request.method, request.path) == ("GET", f"/emails/operations/{ID}")
    assert request.query["api-version"]


async def test_no_address_reaches_the_log(acs, provider, caplog):
    caplog.set_level(logging.INFO)
    for status in (202, 400, 401, 409, 429, 500):
        acs.status = status
        acs.body = {"error": {"code": "Bad", "message": "kari.nordmann@example.no is bad"}}
        await provider.send(EMAIL)
    logged = "".join(str(vars(record)) + record.getMessage() for record in caplog.records)
    assert "Bad" in logged
    assert "nordmann" not in logged
