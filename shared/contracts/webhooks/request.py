"""The bodies with which owners create, change and replay webhooks."""

from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field, PlainValidator

from shared.contracts.reading import wire_model as w
from shared.contracts.reading.absolute_url import scheme_of, split_url
from shared.contracts.reading.order_defaults import Defaults
from shared.contracts.reading.request_errors import RequestErrors, read_model
from shared.contracts.reading.wire_model import WireModel

MAX_URL_LENGTH = 2000
MAX_DESCRIPTION_LENGTH = 200
_NUMBERS = range(1, 2**63)
_PARAMETER = "request"


def _read_number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value not in _NUMBERS:
        raise ValueError("a number of the feed, from 1")
    return value


SequenceNumber = Annotated[
    int, PlainValidator(_read_number), Field(json_schema_extra={"minimum": 1, "format": "int64"})
]
_URL: dict[str, Any] = {"maxLength": MAX_URL_LENGTH}
_DESCRIPTION: dict[str, Any] = {"maxLength": MAX_DESCRIPTION_LENGTH}


class WebhookChange(WireModel):
    """Body of `PUT /future/webhooks/{id}`."""

    url: w.Url = Field(json_schema_extra=_URL)
    description: w.OptionalText | None = Field(default=None, json_schema_extra=_DESCRIPTION)


class NewWebhook(WebhookChange):
    """Body of `POST /future/webhooks`."""

    from_sequence_number: SequenceNumber | None = None


class WebhookReplay(WireModel):
    """Body of `POST /future/webhooks/{id}/replay`."""

    from_sequence_number: SequenceNumber


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """What a webhook is to be; `first` is the number to begin with, None: the next one."""

    url: str = field(repr=False)
    description: str | None
    first: int | None = None


def read_new_webhook(body: bytes, *, defaults: Defaults) -> WebhookRequest:
    """Read a new webhook; RequestInvalidError with the keys of the API."""
    new = read_model(NewWebhook, body, parameter=_PARAMETER)
    return _checked(new, new.from_sequence_number, defaults)


def read_webhook_change(body: bytes, *, defaults: Defaults) -> WebhookRequest:
    """Read what a webhook is to be from now on; RequestInvalidError with the keys of the API."""
    return _checked(read_model(WebhookChange, body, parameter=_PARAMETER), None, defaults)


def read_webhook_replay(body: bytes) -> int:
    """Read from which number to deliver again; RequestInvalidError with the keys of the API."""
    return read_model(WebhookReplay, body, parameter=_PARAMETER).from_sequence_number


def _checked(webhook: WebhookChange, first: int | None, defaults: Defaults) -> WebhookRequest:
    errors = RequestErrors()
    url, description = webhook.url.strip(), (webhook.description or "").strip() or None
    schemes = {"https", "http"} if defaults.insecure_endpoints else {"https"}
    parts = split_url(url)
    if scheme_of(url) not in schemes or parts is None or not parts.hostname:
        errors.add("Url must be a valid absolute https URL.", "url")
    elif "@" in parts.netloc:
        errors.add("Url must not have a user name or password.", "url")
    if len(webhook.url) > MAX_URL_LENGTH:
        errors.add(f"Url must have at most {MAX_URL_LENGTH} characters.", "url")
    if len(webhook.description or "") > MAX_DESCRIPTION_LENGTH:
        errors.add(f"Description must have at most {MAX_DESCRIPTION_LENGTH} characters.", "description")
    return errors.conclude(lambda: WebhookRequest(url, description, first))
