"""The settings of the app, read once from the environment; each has its line here and in the sample file.

A missing or unreadable setting is one `SettingsError` that names it and says what it should hold.
"""
# ruff: noqa: RUF009  the defaults of the fields only declare how each is read

import base64
import binascii
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

from shared.app.price_lists import FORM, read_price_lists
from shared.domain.orders.condition import ConditionPolicy, WhenInconclusive
from shared.domain.preview.prices import PriceList
from shared.runtime.azure import runs_in_azure

_LONGEST_CONDITION = timedelta(hours=12)
_LONGEST_ON_QUEUES = timedelta(days=28)  # 14 days, then as long again once it is replayed as a dead letter

type _Environment = Mapping[str, str]


class SettingsError(Exception):
    """A setting is missing or cannot be read; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach an Azure service: a connection string, or an address for use with the managed identity."""

    value: str = field(repr=False)
    is_address: bool


def _optional(environment: _Environment, name: str) -> str | None:
    value = environment.get(name, "").strip() or None
    if value is not None and value.startswith("@Microsoft.KeyVault("):
        raise SettingsError(
            f"the Key Vault reference in {name} was not resolved: check the vault and its role"
        )
    return value


def _text(environment: _Environment, name: str, meaning: str, default: str | None = None) -> str:
    value = _optional(environment, name) or default
    if value is None:
        raise SettingsError(f"the setting {name} is missing: set it to {meaning}")
    return value


def _number(environment: _Environment, name: str, default: int, low: int, high: int) -> int:
    text = _optional(environment, name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise SettingsError(f"the setting {name} must be a whole number from {low} to {high}")
    return int(text)


def _seconds(environment: _Environment, name: str, default: int, low: int, high: int) -> timedelta:
    return timedelta(seconds=_number(environment, name, default, low, high))


def _days(environment: _Environment, name: str, default: int, low: int, high: int) -> timedelta:
    return timedelta(days=_number(environment, name, default, low, high))


def _choice(environment: _Environment, name: str, choices: tuple[str, ...], default: str) -> str:
    text = _optional(environment, name) or default
    if text not in choices:
        raise SettingsError(f"the setting {name} must be {' or '.join(choices)}")
    return text


def _flag(environment: _Environment, name: str) -> bool:
    text = (_optional(environment, name) or "false").lower()
    if text not in ("true", "false"):
        raise SettingsError(f"the setting {name} must be true or false")
    return text == "true"


def _names(environment: _Environment, name: str) -> frozenset[str]:
    parts = (part.strip() for part in (_optional(environment, name) or "").split(","))
    return frozenset(part for part in parts if part)


def _some_names(environment: _Environment, name: str, meaning: str) -> frozenset[str]:
    names = _names(environment, name)
    if not names:
        raise SettingsError(f"the setting {name} is missing: set it to {meaning}, separated by commas")
    return names


def _creators(environment: _Environment, name: str) -> frozenset[str]:
    return frozenset(creator.casefold() for creator in _names(environment, name))


def _secret(environment: _Environment, name: str) -> bytes:
    return _key(
        name, _text(environment, name, "base64 of 32 random bytes; changing it later hides earlier orders")
    )


def _optional_secret(environment: _Environment, name: str) -> bytes | None:
    text = _optional(environment, name)
    return None if text is None else _key(name, text)


def _key(name: str, text: str) -> bytes:
    try:
        value = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise SettingsError(f"the setting {name} is not base64") from error
    if len(value) < 16:
        raise SettingsError(f"the setting {name} must be base64 of at least 16 bytes")
    return value


def _connection(environment: _Environment, name: str, suffix: str) -> Connection:
    connection_string = _optional(environment, name)
    address = _optional(environment, f"{name}__{suffix}")
    if connection_string is not None:
        return Connection(connection_string, is_address=False)
    if address is None:
        raise SettingsError(
            f"set {name} to a connection string, or {name}__{suffix} to use the managed identity"
        )
    return Connection(address, is_address=True)


def _file(environment: _Environment, name: str) -> Path | None:
    path = _optional(environment, name)
    return None if path is None else Path(path)


def _condition_policy(environment: _Environment) -> ConditionPolicy:
    choices, default = tuple(WhenInconclusive), WhenInconclusive.SEND
    policy = ConditionPolicy(
        attempts=_number(environment, "CONDITION_ATTEMPTS", 2, 1, 10),
        spacing=_seconds(environment, "CONDITION_RETRY_SECONDS", 60, 1, 86_400),
        when_inconclusive=WhenInconclusive(
            _choice(environment, "CONDITION_WHEN_INCONCLUSIVE", choices, default)
        ),
    )
    if (policy.attempts - 1) * policy.spacing > _LONGEST_CONDITION:
        raise SettingsError(
            "CONDITION_ATTEMPTS times CONDITION_RETRY_SECONDS may delay a message by 12 hours at most:"
            " it is worth sending for 48"
        )
    return policy


def _price_lists(environment: _Environment, name: str) -> Mapping[str, PriceList]:
    try:
        return read_price_lists(_optional(environment, name) or "")
    except ValueError as error:
        raise SettingsError(f"the setting {name} must be {FORM}: {error}") from None


def _read(by: Callable[..., object], *arguments: object) -> Any:
    """Declare a setting: it is what this function returns for the environment and these arguments."""
    return field(metadata={"read": lambda environment: by(environment, *arguments)})


def _hidden(by: Callable[..., object], *arguments: object) -> Any:
    """Declare a setting that is a secret: `repr` leaves it out."""
    return field(repr=False, metadata={"read": lambda environment: by(environment, *arguments)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of the app, named after their environment variables."""

    tables: Connection = _read(_connection, "TableStorageConnection", "tableServiceUri")
    service_bus: Connection = _read(_connection, "ServiceBusConnection", "fullyQualifiedNamespace")
    managed_identity_client_id: str | None = _read(_optional, "AZURE_CLIENT_ID")
    base_uri: str = _read(
        _text, "BASE_URI", "the public address of the API, such as https://platform.example.no"
    )
    id_secret: bytes = _hidden(_secret, "ID_SECRET")
    acs_email_endpoint: str = _read(_text, "ACS_EMAIL_ENDPOINT", "the endpoint of the Communication resource")
    acs_email_access_key: str | None = _hidden(_optional, "ACS_EMAIL_ACCESS_KEY")
    acs_email_client_id: str | None = _read(_optional, "ACS_EMAIL_CLIENT_ID")
    default_email_from_address: str = _read(_text, "DEFAULT_EMAIL_FROM_ADDRESS", "a sender address")
    default_sms_sender: str = _read(_text, "DEFAULT_SMS_SENDER", "a sender name or number", "Altinn")
    sms_gateway_endpoint: str = _read(_text, "SMS_GATEWAY_ENDPOINT", "the address of the SMS gateway")
    sms_gateway_username: str = _read(_text, "SMS_GATEWAY_USERNAME", "the gateway account")
    sms_gateway_password: str = _hidden(_text, "SMS_GATEWAY_PASSWORD", "the gateway password")
    sms_gateway_timeout: timedelta = _read(_seconds, "SMS_GATEWAY_TIMEOUT_SECONDS", 30, 1, 60)
    sms_report_username: str = _read(_text, "SMS_REPORT_USERNAME", "the user of the report webhook")
    sms_report_password: str = _hidden(_text, "SMS_REPORT_PASSWORD", "the password of the report webhook")
    sms_report_former_password: str | None = _hidden(_optional, "SMS_REPORT_FORMER_PASSWORD")
    webhook_secrets_key: bytes | None = _hidden(_optional_secret, "WEBHOOK_SECRETS_KEY")
    webhook_secrets_former_key: bytes | None = _hidden(_optional_secret, "WEBHOOK_SECRETS_FORMER_KEY")
    oidc_well_known_endpoint: str = _read(_text, "OIDC_WELL_KNOWN_ENDPOINT", "the OpenID discovery document")
    token_issuers: frozenset[str] = _read(
        _some_names, "TOKEN_ISSUERS", "the accepted issuers of bearer tokens"
    )
    token_audiences: frozenset[str] = _read(
        _some_names, "TOKEN_AUDIENCES", "the accepted audiences of bearer tokens"
    )
    jwt_cookie_name: str = _read(_text, "JWT_COOKIE_NAME", "a cookie name", "AltinnStudioRuntime")
    platform_token_vault_uri: str | None = _read(_optional, "PLATFORM_TOKEN_VAULT_URI")
    platform_token_issuers: frozenset[str] = _read(_names, "PLATFORM_TOKEN_ISSUERS")
    metrics_api_key: str | None = _hidden(_optional, "METRICS_API_KEY")
    profile_endpoint: str = _read(
        _text, "PROFILE_ENDPOINT", "the address of Altinn Profile, up to its version"
    )
    register_endpoint: str = _read(
        _text, "REGISTER_ENDPOINT", "the address of Altinn Register, up to its version"
    )
    authorization_endpoint: str = _read(
        _text, "AUTHORIZATION_ENDPOINT", "the address of Altinn Authorization"
    )
    authorization_batch_size: int = _read(_number, "AUTHORIZATION_BATCH_SIZE", 500, 1, 1000)
    resource_registry_endpoint: str | None = _read(_optional, "RESOURCE_REGISTRY_ENDPOINT")
    platform_subscription_key: str | None = _hidden(_optional, "PLATFORM_SUBSCRIPTION_KEY")
    platform_access_token_pfx: str | None = _hidden(_optional, "PLATFORM_ACCESS_TOKEN_PFX")
    stale_contact_creators: frozenset[str] = _read(_creators, "STALE_CONTACT_CREATORS")
    cancellation_feed_creators: frozenset[str] = _read(_creators, "CANCELLATION_FEED_CREATORS")
    maskinporten_token_endpoint: str | None = _read(_optional, "MASKINPORTEN_TOKEN_ENDPOINT")
    maskinporten_audience: str | None = _read(_optional, "MASKINPORTEN_AUDIENCE")
    maskinporten_client_id: str | None = _read(_optional, "MASKINPORTEN_CLIENT_ID")
    maskinporten_scope: str = _read(
        _text, "MASKINPORTEN_SCOPE", "a scope", "altinn:system/notifications.condition.check"
    )
    maskinporten_encoded_jwk: str | None = _hidden(_optional, "MASKINPORTEN_ENCODED_JWK")
    condition_policy: ConditionPolicy = _read(_condition_policy)
    condition_timeout: timedelta = _read(_seconds, "CONDITION_TIMEOUT_SECONDS", 10, 1, 30)
    sms_send_window_start_hour: int = _read(_number, "SMS_SEND_WINDOW_START_HOUR", 9, 0, 23)
    sms_send_window_end_hour: int = _read(_number, "SMS_SEND_WINDOW_END_HOUR", 17, 1, 24)
    sms_send_window_spread: timedelta = _read(_seconds, "SMS_SEND_WINDOW_SPREAD_SECONDS", 600, 0, 7200)
    email_limit_per_minute: int = _read(_number, "EMAIL_LIMIT_PER_MINUTE", 0, 0, 1_000_000)
    email_limit_per_hour: int = _read(_number, "EMAIL_LIMIT_PER_HOUR", 0, 0, 10_000_000)
    sms_limit_per_second: int = _read(_number, "SMS_LIMIT_PER_SECOND", 0, 0, 10_000)
    owner_orders_per_minute: int = _read(_number, "OWNER_ORDERS_PER_MINUTE", 0, 0, 1_000_000)
    owner_recipients_per_minute: int = _read(_number, "OWNER_RECIPIENTS_PER_MINUTE", 0, 0, 100_000_000)
    owner_previews_per_minute: int = _read(_number, "OWNER_PREVIEWS_PER_MINUTE", 60, 1, 1_000_000)
    owner_previewed_recipients_per_minute: int = _read(
        _number, "OWNER_PREVIEWED_RECIPIENTS_PER_MINUTE", 10_000, 1, 100_000_000
    )
    price_lists: Mapping[str, PriceList] = _read(_price_lists, "PRICE_LISTS")
    status_feed_max_page_size: int = _read(_number, "STATUS_FEED_MAX_PAGE_SIZE", 500, 1, 1000)
    status_feed_first_number: int = _read(_number, "STATUS_FEED_FIRST_NUMBER", 1, 1, 10**15)
    request_body_limit_bytes: int = _read(_number, "REQUEST_BODY_LIMIT_BYTES", 30_000_000, 1, 100_000_000)
    content_retention: timedelta = _read(_days, "CONTENT_RETENTION_DAYS", 90, 1, 3650)
    metadata_retention: timedelta = _read(_days, "METADATA_RETENTION_DAYS", 365, 1, 3650)
    metrics_interval: timedelta = _read(_seconds, "METRICS_INTERVAL_SECONDS", 30, 0, 3600)
    traced_orders_per_mille: int = _read(_number, "TRACED_ORDERS_PER_MILLE", 10, 0, 1000)
    environment_name: str = _read(_text, "ENVIRONMENT_NAME", "a name", "Unknown")
    support_search_by_email: bool = _read(_flag, "SUPPORT_SEARCH_BY_EMAIL")
    send_condition_test_helper: bool = _read(_flag, "SEND_CONDITION_TEST_HELPER")
    simulated_dialog_access: bool = _read(_flag, "SIMULATED_DIALOG_ACCESS")
    api_page_token: str | None = _hidden(_optional, "API_PAGE_TOKEN")
    allow_insecure_local_endpoints: bool = _read(_flag, "ALLOW_INSECURE_LOCAL_ENDPOINTS")
    clock_file: Path | None = _read(_file, "CLOCK_FILE")


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read all settings; SettingsError names the first that is missing or unreadable."""
    settings = Settings(**{each.name: each.metadata["read"](environment) for each in fields(Settings)})
    if settings.metadata_retention < settings.content_retention + _LONGEST_ON_QUEUES:
        raise SettingsError(
            f"METADATA_RETENTION_DAYS must be at least CONTENT_RETENTION_DAYS + {_LONGEST_ON_QUEUES.days}:"
            " a message that is replayed must still find what became of its order"
        )
    if runs_in_azure(environment):
        _refuse_local_cloud(settings)
    return settings


def _refuse_local_cloud(settings: Settings) -> None:
    if settings.clock_file is not None:
        raise SettingsError("CLOCK_FILE moves the time of a local cloud; remove it in Azure")
    if settings.allow_insecure_local_endpoints:
        raise SettingsError("ALLOW_INSECURE_LOCAL_ENDPOINTS is for a local cloud; remove it in Azure")
    if settings.simulated_dialog_access:
        raise SettingsError("SIMULATED_DIALOG_ACCESS is for a local cloud; remove it in Azure")
    if settings.api_page_token is not None:
        raise SettingsError("API_PAGE_TOKEN is shown to everybody in a local cloud; remove it in Azure")
    if not settings.sms_gateway_endpoint.lower().startswith("https://"):
        raise SettingsError("SMS_GATEWAY_ENDPOINT must begin with https:// in Azure: a password goes there")
