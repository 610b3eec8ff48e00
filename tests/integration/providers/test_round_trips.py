"""From a message to its report and back, and from a token to its caller, over the wire protocols."""

import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from azure.core.credentials import AzureKeyCredential

from devstack.tests.support.simulators import ACS_KEY
from shared.auth.caller import CREATE_OR_PLATFORM, Authorizer
from shared.auth.certificates import VaultCertificates
from shared.auth.keys import BasicCredentials
from shared.auth.platform_token import PlatformTokenVerifier
from shared.auth.signing_keys import OpenIdKeys
from shared.auth.tokens import BearerVerifier
from shared.auth.verification import TokenRules
from shared.domain.orders.order import EmailContentType
from shared.ports.email import EmailAttachment, EmailOperationStatus, OutgoingEmail
from shared.ports.sending import SendOutcome, SendStatus
from shared.ports.sms import OutgoingSms
from shared.providers.email_acs import AcsEmailProvider
from shared.providers.event_grid import parse_email_reports
from shared.providers.link_reports import parse_reports
from shared.runtime.errors import ForbiddenError, UnauthenticatedError


def email(to: str = "kari@example.no", **changes: object) -> OutgoingEmail:
    values = {
        "operation_id": str(uuid.uuid4()),
        "first_sent_at": datetime.now(UTC),
        "to": to,
        "sender": "ikke-svar@example.no",
        "subject": "Nytt brev",
        "body": "Hei på deg",
        "content_type": EmailContentType.PLAIN,
    }
    return OutgoingEmail(**(values | changes))


def sms(to: str, text: str = "Hei") -> OutgoingSms:
    return OutgoingSms(to, "Altinn", text, 2880)


async def test_email_arrives_and_its_report_names_it(cloud, email_provider):
    sent = email(attachments=(EmailAttachment("brev.pdf", "application/pdf", b"%PDF-"),))
    assert await email_provider.send(sent) == SendOutcome(SendStatus.ACCEPTED, sent.operation_id)
    (captured,) = (await cloud.outbox("kari@example.no"))["emails"]
    assert (captured["operationId"], captured["body"]) == (sent.operation_id, "Hei på deg")
    assert captured["attachments"] == [{"name": "brev.pdf", "contentType": "application/pdf", "size": 5}]
    ((report,), _) = parse_email_reports(json.dumps(await cloud.events.next()))
    assert (report.operation_id, report.result) == (sent.operation_id, "Delivered")
    assert (await email_provider.operation(sent.operation_id)).status is EmailOperationStatus.SUCCEEDED


async def test_email_repeated_after_a_lost_answer_is_sent_once(cloud, email_provider):
    await cloud.fault(target="acs.send", action="after", times=1)
    sent = email()
    assert (await email_provider.send(sent)).status is SendStatus.IN_DOUBT
    assert (await email_provider.operation(sent.operation_id)).status in (
        EmailOperationStatus.RUNNING,
        EmailOperationStatus.SUCCEEDED,
    )
    assert (await email_provider.send(sent)).status is SendStatus.ACCEPTED
    (captured,) = (await cloud.outbox("kari@example.no"))["emails"]
    assert captured["duplicates"] == 1


async def test_email_repeated_too_late_is_in_doubt(email_provider):
    old = email(first_sent_at=datetime.now(UTC) - timedelta(minutes=6))
    assert (await email_provider.send(old)).status is SendStatus.IN_DOUBT
    assert (await email_provider.operation(old.operation_id)).status is EmailOperationStatus.NOT_FOUND


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        ({"action": "status", "status": 429, "retryAfter": 30}, SendStatus.NOT_SENT),
        ({"action": "status", "status": 503}, SendStatus.IN_DOUBT),
        ({"action": "disconnect"}, SendStatus.IN_DOUBT),
        ({"action": "timeout"}, SendStatus.IN_DOUBT),
        ({"action": "refuse"}, SendStatus.REFUSED),
    ],
    ids=["429", "503", "disconnect", "timeout", "refuse"],
)
async def test_email_faults(cloud, email_provider, rule, status):
    email_provider.deadline_seconds = 0.5
    await cloud.fault(target="acs.send", times=1, **rule)
    outcome = await email_provider.send(email())
    assert outcome.status is status
    assert outcome.retry_after == (30 if rule.get("status") == 429 else None)
    assert outcome.result == ("Failed_SupressedRecipient" if status is SendStatus.REFUSED else None)


async def test_email_fates(email_provider, wrong_key_provider, cloud):
    refused = await email_provider.send(email("invalidformat@example.no"))
    assert refused == SendOutcome(SendStatus.REFUSED, result="Failed_InvalidEmailFormat")
    suppressed = email("suppressed@example.no")
    await email_provider.send(suppressed)
    await cloud.events.next()
    operation = await email_provider.operation(suppressed.operation_id)
    assert (operation.status, operation.result) == (EmailOperationStatus.FAILED, "Failed_SupressedRecipient")
    assert (await wrong_key_provider.send(email())).status is SendStatus.NOT_SENT


async def test_sms_arrives_and_its_report_names_it(cloud, sms_gateway):
    (outcome,) = await sms_gateway.submit([sms("+4790000001", "Hei & på deg 🎉")])
    (captured,) = (await cloud.outbox("+4790000001"))["sms"]
    assert (captured["text"], captured["encoding"]) == ("Hei & på deg 🎉", "unicode")
    assert (captured["reference"], captured["ttlMinutes"]) == (outcome.reference, 2880)
    authorization, content_type, body = await cloud.webhook.next()
    BasicCredentials("rep", "pwd").check({"Authorization": authorization})
    (report,), _ = parse_reports(body, content_type)
    assert (report.reference, report.result) == (outcome.reference, "Delivered")


async def test_hundred_sms_in_one_request_each_with_its_own_outcome(cloud, sms_gateway):
    numbers = [f"+47900{number:05}" for number in range(97)] + ["+4790666011", "+4790666012", "+4790666013"]
    outcomes = await sms_gateway.submit([sms(number) for number in numbers])
    assert len({outcome.reference for outcome in outcomes[:97]}) == 97
    invalid, refused, unreferenced = outcomes[97:]
    assert (invalid.status, invalid.result) == (SendStatus.REFUSED, "Failed_InvalidRecipient")
    assert (refused.status, refused.result) == (SendStatus.REFUSED, "Failed")
    assert (unreferenced.status, unreferenced.reference) == (SendStatus.ACCEPTED, None)
    assert (await cloud.control("GET", "/stats"))["requests"]["sms.submit"] == 1


@pytest.mark.parametrize(
    ("rule", "status", "captured"),
    [
        ({"action": "status", "status": 429, "retryAfter": 30}, SendStatus.NOT_SENT, 0),
        ({"action": "logon-failed"}, SendStatus.NOT_SENT, 0),
        ({"action": "status", "status": 503}, SendStatus.NOT_SENT, 0),
        ({"action": "status", "status": 504}, SendStatus.IN_DOUBT, 0),
        ({"action": "disconnect"}, SendStatus.IN_DOUBT, 0),
        ({"action": "timeout"}, SendStatus.IN_DOUBT, 0),
        ({"action": "after"}, SendStatus.IN_DOUBT, 1),
        ({"action": "malformed"}, SendStatus.IN_DOUBT, 1),
    ],
    ids=["429", "logon", "503", "504", "disconnect", "timeout", "after", "malformed"],
)
async def test_sms_faults(cloud, sms_gateway, rule, status, captured):
    await cloud.fault(target="sms.submit", times=1, **rule)
    (outcome,) = await sms_gateway.submit([sms("+4790000001")])
    assert outcome.status is status
    assert outcome.retry_after == (30 if rule.get("status") == 429 else None)
    assert len((await cloud.control("GET", "/outbox"))["sms"]) == captured


@pytest.mark.parametrize(
    ("detail", "setting"),
    [
        ("DomainNotLinked", "DEFAULT_EMAIL_FROM_ADDRESS"),
        ("InvalidSenderUserName", "DEFAULT_EMAIL_FROM_ADDRESS"),
        ("Denied", "ACS_EMAIL_ACCESS_KEY"),
        ("Forbidden", "ACS_EMAIL_ACCESS_KEY"),
        ("TooManyRequests", None),
    ],
)
async def test_email_settings_that_are_wrong(cloud, email_provider, detail, setting):
    await cloud.fault(target="acs.send", action="refuse", detail=detail, times=1)
    sent = email()
    outcome = await email_provider.send(sent)
    assert outcome.status is SendStatus.NOT_SENT
    assert setting is None if outcome.wrong_settings is None else setting in outcome.wrong_settings
    assert (await email_provider.send(sent)).status is SendStatus.ACCEPTED


@pytest.mark.parametrize("sender", ["unknown.post@example.no", "post@notlinked.example.com"])
async def test_email_from_an_unknown_sender_that_the_order_named(email_provider, sender):
    outcome = await email_provider.send(email(sender=sender))
    assert outcome == SendOutcome(SendStatus.REFUSED, result="Failed_UnknownSender")


async def test_email_refused_for_its_sender_can_be_sent_anew_within_minutes(cloud, transport):
    provider = AcsEmailProvider(
        cloud.url("acs"), AzureKeyCredential(ACS_KEY), transport, default_sender="unknown@example.no"
    )
    refused = email(sender="unknown@example.no")
    assert (await provider.send(refused)).wrong_settings
    corrected = replace(
        refused, sender="ikke-svar@example.no", first_sent_at=datetime.now(UTC) + timedelta(minutes=4)
    )
    assert (await provider.send(corrected)).status is SendStatus.ACCEPTED


@pytest.mark.parametrize(
    ("reason", "setting"),
    [(None, "SMS_GATEWAY_USERNAME and SMS_GATEWAY_PASSWORD"), ("Wrong platform", "SMS_GATEWAY_ENDPOINT")],
)
async def test_sms_settings_that_are_wrong(cloud, sms_gateway, reason, setting):
    rule = {} if reason is None else {"detail": reason}
    await cloud.fault(target="sms.submit", action="logon-failed", times=2, **rule)
    (outcome,) = await sms_gateway.submit([sms("+4790000001")])
    assert outcome == SendOutcome(SendStatus.NOT_SENT, wrong_settings=setting)
    assert await sms_gateway.answers() == outcome
    assert (await sms_gateway.answers()).status is SendStatus.ACCEPTED
    assert (await cloud.control("GET", "/outbox"))["sms"] == []


async def test_sms_from_an_unknown_sender(cloud, sms_gateway):
    (named,) = await sms_gateway.submit([replace(sms("+4790000001"), sender="UnknownOrg")])
    assert named == SendOutcome(SendStatus.REFUSED, result="Failed_UnknownSender")
    gateway = replace(sms_gateway, default_sender="UnknownOrg")
    (ours,) = await gateway.submit([replace(sms("+4790000001"), sender="UnknownOrg")])
    assert ours == SendOutcome(SendStatus.NOT_SENT, wrong_settings="DEFAULT_SMS_SENDER")


async def test_unreachable_providers_refuse_connections(cloud, email_provider, sms_gateway):
    assert (await sms_gateway.answers()).status is SendStatus.ACCEPTED  # a connection that is kept
    await email_provider.send(email())
    for target in ("acs.send", "sms.submit"):
        await cloud.fault(target=target, action="unreachable")
    assert await email_provider.send(email()) == SendOutcome(SendStatus.NOT_SENT)
    assert await sms_gateway.submit([sms("+4790000001")]) == [SendOutcome(SendStatus.NOT_SENT)]
    await cloud.control("DELETE", "/faults")
    assert (await email_provider.send(email())).status is SendStatus.ACCEPTED
    (outcome,) = await sms_gateway.submit([sms("+4790000001")])
    assert outcome.status is SendStatus.ACCEPTED


async def test_tokens_of_the_issuer_are_accepted(cloud):
    authorizer = Authorizer(
        BearerVerifier(
            OpenIdKeys(cloud.url("issuer", "/.well-known/openid-configuration"), allow_insecure=True),
            TokenRules(),
        ),
        PlatformTokenVerifier(VaultCertificates(cloud.url("vault"), allow_insecure=True)),
    )

    async def token(**request: object) -> str:
        return (await cloud.control("POST", "/token", request))["token"]

    bearer = {"Authorization": f"Bearer {await token(org='ttd', scope=CREATE_OR_PLATFORM.scope)}"}
    caller = await authorizer.authorize(bearer, CREATE_OR_PLATFORM)
    assert caller.creator == "ttd"
    platform = {"PlatformAccessToken": await token(org="digdir", platform="apps-test")}
    caller = await authorizer.authorize(platform, CREATE_OR_PLATFORM)
    assert caller.creator == "digdir"
    scopeless = {"Authorization": f"Bearer {await token(org='ttd', scope='other')}"}
    with pytest.raises(ForbiddenError):
        await authorizer.authorize(scopeless, CREATE_OR_PLATFORM)
    with pytest.raises(UnauthenticatedError):
        await authorizer.authorize(bearer | {"PlatformAccessToken": "forged"}, CREATE_OR_PLATFORM)
