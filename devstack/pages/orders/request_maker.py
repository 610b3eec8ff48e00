"""Makes API requests of what the form on the compose page says, for every kind of order."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_API = "/notifications/api/v1"
CREATE = "altinn:serviceowner/notifications.create"
_COMPOSED = "altinn:serviceowner/notifications.composedemail.create"
KINDS = {
    "order": "Order, with reminders",
    "instant-sms": "SMS at once",
    "instant-email": "E-mail at once",
    "composed-email": "E-mail with attachment",
    "v1-order": "Version 1: any channel",
    "v1-email": "Version 1: e-mail",
    "v1-sms": "Version 1: SMS",
}
CHANNELS = ("Email", "Sms", "EmailPreferred", "SmsPreferred", "EmailAndSms")
_PATHS = {
    "order": "/future/orders",
    "instant-sms": "/future/orders/instant/sms",
    "instant-email": "/future/orders/instant/email",
    "composed-email": "/future/orders/composed-email",
    "v1-order": "/orders",
    "v1-email": "/orders/email",
    "v1-sms": "/orders/sms",
}

type Form = Mapping[str, str]
type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A request that places an order; `scope` is what the token of the sender must have."""

    path: str
    scope: str
    org: str
    body: Json

    def curl(self, api: str) -> str:
        """Return the request as commands for a shell, with a token of the local cloud."""
        org, scope = shlex.quote(self.org), shlex.quote(self.scope)
        return (
            f"TOKEN=$(.venv/bin/python -m devstack token --org {org} --scope {scope})\n"
            f"curl -s {api}{self.path} \\\n"
            f'  -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\\n'
            f"  -d {shlex.quote(json.dumps(self.body, indent=2, ensure_ascii=False))}"
        )


def make_request(form: Form, *, platform: str) -> ApiRequest:
    """Return the request that a form describes; ValueError for an unknown kind or unreadable JSON.

    With `document` its JSON is the body as it is. `platform` is the address of the simulated senders, who
    answer conditions and keep attachments.
    """
    kind = form.get("kind") or "order"
    if kind not in KINDS:
        raise ValueError(f"kind is one of {', '.join(KINDS)}")
    written = form.get("document", "").strip()
    body = json.loads(written) if written else _BODIES[kind](form, platform)
    if not isinstance(body, dict):
        raise ValueError("the body is a JSON object")
    scope = f"{CREATE} {_COMPOSED}" if kind == "composed-email" else CREATE
    return ApiRequest(_API + _PATHS[kind], scope, form.get("org") or "ttd", body)


def _chain(form: Form, platform: str) -> Json:
    body: Json = {"idempotencyId": form.get("key") or "compose-1"}
    _put(body, "sendersReference", form.get("reference"))
    _put(body, "requestedSendTime", form.get("at"))
    _put(body, "conditionEndpoint", _condition(form.get("condition"), platform))
    body["recipient"] = _recipient(form)
    if days := form.get("reminderDays"):
        reminder: Json = {"delayDays": int(days)}
        _put(reminder, "conditionEndpoint", _condition(form.get("reminderCondition"), platform))
        body["reminders"] = [reminder | {"recipient": _recipient(form, "Reminder: ")}]
    return body


def _recipient(form: Form, before: str = "") -> Json:
    to = form.get("recipient", "").strip()
    email, sms = _email(form, before), _sms(form, before)
    fields = _fields(form)
    if "@" in to and not to.startswith("urn:"):
        return {"recipientEmail": {"emailAddress": to, **fields, "emailSettings": email}}
    if to.startswith("+"):
        return {"recipientSms": {"phoneNumber": to, **fields, "smsSettings": sms}}
    channel = form.get("channel") or "EmailPreferred"
    contents: Json = {"channelSchema": channel, **fields}
    if channel != "Sms":
        contents["emailSettings"] = email
    if channel != "Email":
        contents["smsSettings"] = sms
    _put(contents, "resourceId", form.get("resource"))
    if to.startswith("urn:"):
        return {"recipientExternalIdentity": {"externalIdentity": to, **contents}}
    if len(to) == 9:
        return {"recipientOrganization": {"orgNumber": to, **contents}}
    contents["ignoreReservation"] = form.get("ignoreReservation", "").lower() in ("true", "on")
    return {"recipientPerson": {"nationalIdentityNumber": to, **contents}}


def _instant_sms(form: Form, _platform: str) -> Json:
    sms = {"body": form.get("body") or "Text"}
    to = {"phoneNumber": form.get("recipient", ""), "timeToLiveInSeconds": 300, "smsSettings": sms}
    return {"idempotencyId": form.get("key") or "compose-1", "recipientSms": to}


def _instant_email(form: Form, _platform: str) -> Json:
    to = {"emailAddress": form.get("recipient", ""), "emailSettings": _email(form)}
    return {"idempotencyId": form.get("key") or "compose-1", "recipientEmail": to}


def _composed(form: Form, platform: str) -> Json:
    link = f"{platform}/blobs/decision.pdf?sp=r&se=2099-01-01T00:00:00Z&sr=b&sig=local"
    file = {"filename": "decision.pdf", "mimeType": "application/pdf", "sasUrl": link}
    to = {
        "emailAddress": form.get("recipient", ""),
        **_fields(form),
        "emailSettings": {**_email(form), "attachments": [file]},
    }
    return {"idempotencyId": form.get("key") or "compose-1", "recipient": to}


def _v1(form: Form, platform: str) -> Json:
    to = form.get("recipient", "").strip()
    name = (
        "emailAddress" if "@" in to else "mobileNumber" if to.startswith("+")
        else "organizationNumber" if len(to) == 9 else "nationalIdentityNumber"
    )  # fmt: skip
    body: Json = {
        "notificationChannel": form.get("channel") or "EmailPreferred",
        "recipients": [{name: to, **_fields(form)}],
        "emailTemplate": _email(form),
        "smsTemplate": {"body": form.get("body") or "Text"},
    }
    return body | _v1_options(form, platform)


def _v1_email(form: Form, platform: str) -> Json:
    recipients = [{"emailAddress": form.get("recipient", ""), **_fields(form)}]
    return {**_email(form), "recipients": recipients} | _v1_options(form, platform)


def _v1_sms(form: Form, platform: str) -> Json:
    body = {
        "body": form.get("body") or "Text",
        "recipients": [{"mobileNumber": form.get("recipient", ""), **_fields(form)}],
    }
    return body | _v1_options(form, platform)


def _v1_options(form: Form, platform: str) -> Json:
    options: Json = {}
    _put(options, "sendersReference", form.get("reference"))
    _put(options, "requestedSendTime", form.get("at"))
    _put(options, "conditionEndpoint", _condition(form.get("condition"), platform))
    return options


def _fields(form: Form) -> Json:
    """Return the member `fields` of a recipient, from lines such as `name=value`; none without a line."""
    lines = [line.partition("=") for line in form.get("fields", "").splitlines() if line.strip()]
    return {"fields": {name.strip(): value for name, _, value in lines}} if lines else {}


def _email(form: Form, before: str = "") -> Json:
    body = form.get("body") or "Text"
    return {
        "subject": before + (form.get("subject") or "A new letter"),
        "body": body,
        "contentType": "Html" if "</" in body else "Plain",
    }


def _sms(form: Form, before: str = "") -> Json:
    return {
        "body": before + (form.get("body") or "Text"),
        "sendingTimePolicy": form.get("policy") or "Daytime",
    }


def _condition(kind: str | None, platform: str) -> str | None:
    return f"{platform}/conditions/{kind}" if kind else None


def _put(body: Json, name: str, value: object) -> None:
    if value:
        body[name] = value


_BODIES = {
    "order": _chain,
    "instant-sms": _instant_sms,
    "instant-email": _instant_email,
    "composed-email": _composed,
    "v1-order": _v1,
    "v1-email": _v1_email,
    "v1-sms": _v1_sms,
}
