"""The settings of the app, read once from the environment; each has its line here and in the sample file.

A missing or unreadable setting is one `SettingsError` that names it and says what it should hold.
"""

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from shared.domain.orders.condition import ConditionPolicy, WhenInconclusive
from shared.runtime.hosting import runs_in_azure

_LONGEST_CONDITION = timedelta(hours=12)
_LONGEST_ON_QUEUES = timedelta(days=28)  # 14 days, then as long again once it is replayed as a dead letter


class SettingsError(Exception):
    """A setting is missing or cannot be read; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach an Azure service: a connection string, or an address for use with the managed identity."""

    connection_string: str | None
    address: str | None


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the app can be told; names follow the environment variables."""

    tables: Connection
    service_bus: Connection
    managed_identity_client_id: str | None
    base_uri: str
    id_secret: bytes
    acs_email_endpoint: str
    acs_email_access_key: str | None
    default_email_from_address: str
    default_sms_sender: str
    sms_gateway_endpoint: str
    sms_gateway_username: str
    sms_gateway_password: str
    sms_gateway_timeout: timedelta
    sms_report_username: str
    sms_report_password: str
    oidc_well_known_endpoint: str
    token_issuers: tuple[str, ...]
    token_audiences: tuple[str, ...]
    jwt_cookie_name: str
    platform_token_vault_uri: str | None
    platform_token_issuers: tuple[str, ...]
    metrics_api_key: str | None
    profile_endpoint: str
    register_endpoint: str
    authorization_endpoint: str
    authorization_batch_size: int
    resource_registry_endpoint: str | None
    platform_subscription_key: str | None
    platform_access_token_pfx: str | None
    stale_contact_creators: tuple[str, ...]
    maskinporten_token_endpoint: str | None
    maskinporten_audience: str | None
    maskinporten_client_id: str | None
    maskinporten_scope: str
    maskinporten_encoded_jwk: str | None
    condition_policy: ConditionPolicy
    condition_timeout: timedelta
    sms_send_window_start_hour: int
    sms_send_window_end_hour: int
    sms_release_spread: timedelta
    email_limit_per_minute: int
    email_limit_per_hour: int
    sms_limit_per_second: int
    status_feed_max_page_size: int
    status_feed_first_number: int
    cancellation_feed_creators: tuple[str, ...]
    request_body_limit_bytes: int
    content_retention: timedelta
    metadata_retention: timedelta
    environment_name: str
    send_condition_test_helper: bool
    simulated_dialog_access: bool
    allow_insecure_local_endpoints: bool
    clock_file: Path | None


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read all settings; SettingsError names the first that is missing or unreadable."""
    read = _Reader(environment)
    settings = Settings(
        tables=read.connection("TableStorageConnection", "tableServiceUri"),
        service_bus=read.connection("ServiceBusConnection", "fullyQualifiedNamespace"),
        managed_identity_client_id=read.optional("AZURE_CLIENT_ID"),
        base_uri=read.text("BASE_URI", "the public address of the API, such as https://platform.example.no"),
        id_secret=read.secret("ID_SECRET"),
        acs_email_endpoint=read.text("ACS_EMAIL_ENDPOINT", "the endpoint of the Communication resource"),
        acs_email_access_key=read.optional("ACS_EMAIL_ACCESS_KEY"),
        default_email_from_address=read.text("DEFAULT_EMAIL_FROM_ADDRESS", "a sender address"),
        default_sms_sender=read.text("DEFAULT_SMS_SENDER", "a sender name or number", "Altinn"),
        sms_gateway_endpoint=read.text("SMS_GATEWAY_ENDPOINT", "the address of the SMS gateway"),
        sms_gateway_username=read.text("SMS_GATEWAY_USERNAME", "the gateway account"),
        sms_gateway_password=read.text("SMS_GATEWAY_PASSWORD", "the gateway password"),
        sms_gateway_timeout=timedelta(seconds=read.number("SMS_GATEWAY_TIMEOUT_SECONDS", 30, 1, 60)),
        sms_report_username=read.text("SMS_REPORT_USERNAME", "the user of the report webhook"),
        sms_report_password=read.text("SMS_REPORT_PASSWORD", "the password of the report webhook"),
        oidc_well_known_endpoint=read.text("OIDC_WELL_KNOWN_ENDPOINT", "the OpenID discovery document"),
        token_issuers=read.names("TOKEN_ISSUERS"),
        token_audiences=read.names("TOKEN_AUDIENCES"),
        jwt_cookie_name=read.text("JWT_COOKIE_NAME", "a cookie name", "AltinnStudioRuntime"),
        platform_token_vault_uri=read.optional("PLATFORM_TOKEN_VAULT_URI"),
        platform_token_issuers=read.names("PLATFORM_TOKEN_ISSUERS"),
        metrics_api_key=read.optional("METRICS_API_KEY"),
        profile_endpoint=read.text("PROFILE_ENDPOINT", "the address of Altinn Profile, up to its version"),
        register_endpoint=read.text("REGISTER_ENDPOINT", "the address of Altinn Register, up to its version"),
        authorization_endpoint=read.text("AUTHORIZATION_ENDPOINT", "the address of Altinn Authorization"),
        authorization_batch_size=read.number("AUTHORIZATION_BATCH_SIZE", 500, 1, 1000),
        resource_registry_endpoint=read.optional("RESOURCE_REGISTRY_ENDPOINT"),
        platform_subscription_key=read.optional("PLATFORM_SUBSCRIPTION_KEY"),
        platform_access_token_pfx=read.optional("PLATFORM_ACCESS_TOKEN_PFX"),
        cancellation_feed_creators=read.names("CANCELLATION_FEED_CREATORS"),
        stale_contact_creators=read.names("STALE_CONTACT_CREATORS"),
        maskinporten_token_endpoint=read.optional("MASKINPORTEN_TOKEN_ENDPOINT"),
        maskinporten_audience=read.optional("MASKINPORTEN_AUDIENCE"),
        maskinporten_client_id=read.optional("MASKINPORTEN_CLIENT_ID"),
        maskinporten_scope=read.text(
            "MASKINPORTEN_SCOPE", "a scope", "altinn:system/notifications.condition.check"
        ),
        maskinporten_encoded_jwk=read.optional("MASKINPORTEN_ENCODED_JWK"),
        condition_policy=_condition_policy(read),
        condition_timeout=timedelta(seconds=read.number("CONDITION_TIMEOUT_SECONDS", 10, 1, 30)),
        sms_send_window_start_hour=read.number("SMS_SEND_WINDOW_START_HOUR", 9, 0, 23),
        sms_send_window_end_hour=read.number("SMS_SEND_WINDOW_END_HOUR", 17, 1, 24),
        sms_release_spread=timedelta(seconds=read.number("SMS_RELEASE_SPREAD_SECONDS", 600, 0, 7200)),
        email_limit_per_minute=read.number("EMAIL_LIMIT_PER_MINUTE", 0, 0, 1_000_000),
        email_limit_per_hour=read.number("EMAIL_LIMIT_PER_HOUR", 0, 0, 10_000_000),
        sms_limit_per_second=read.number("SMS_LIMIT_PER_SECOND", 0, 0, 10_000),
        status_feed_max_page_size=read.number("STATUS_FEED_MAX_PAGE_SIZE", 500, 1, 1000),
        status_feed_first_number=read.number("STATUS_FEED_FIRST_NUMBER", 1, 1, 10**15),
        request_body_limit_bytes=read.number("REQUEST_BODY_LIMIT_BYTES", 30_000_000, 1, 100_000_000),
        content_retention=timedelta(days=read.number("CONTENT_RETENTION_DAYS", 90, 1, 3650)),
        metadata_retention=timedelta(days=read.number("METADATA_RETENTION_DAYS", 365, 1, 3650)),
        environment_name=read.optional("ENVIRONMENT_NAME") or "Unknown",
        send_condition_test_helper=read.flag("SEND_CONDITION_TEST_HELPER"),
        simulated_dialog_access=read.flag("SIMULATED_DIALOG_ACCESS"),
        allow_insecure_local_endpoints=read.flag("ALLOW_INSECURE_LOCAL_ENDPOINTS"),
        clock_file=None if (path := read.optional("CLOCK_FILE")) is None else Path(path),
    )
    if settings.metadata_retention < settings.content_retention + _LONGEST_ON_QUEUES:
        raise SettingsError(
            f"METADATA_RETENTION_DAYS must be at least CONTENT_RETENTION_DAYS + {_LONGEST_ON_QUEUES.days}:"
            " a message that is replayed must still find what became of its order"
        )
    _refuse_in_azure(settings, environment)
    return settings


def _condition_policy(read: "_Reader") -> ConditionPolicy:
    policy = ConditionPolicy(
        attempts=read.number("CONDITION_ATTEMPTS", 2, 1, 10),
        spacing=timedelta(seconds=read.number("CONDITION_RETRY_SECONDS", 60, 1, 86_400)),
        when_inconclusive=WhenInconclusive(
            read.choice("CONDITION_WHEN_INCONCLUSIVE", tuple(WhenInconclusive), WhenInconclusive.SEND)
        ),
    )
    if (policy.attempts - 1) * policy.spacing > _LONGEST_CONDITION:
        raise SettingsError(
            "CONDITION_ATTEMPTS times CONDITION_RETRY_SECONDS may delay a message by 12 hours at most:"
            " it is worth sending for 48"
        )
    return policy


def _refuse_in_azure(settings: Settings, environment: Mapping[str, str]) -> None:
    if not runs_in_azure(environment):
        return
    if settings.clock_file is not None:
        raise SettingsError("CLOCK_FILE moves the time of a local cloud; remove it in Azure")
    if settings.allow_insecure_local_endpoints:
        raise SettingsError("ALLOW_INSECURE_LOCAL_ENDPOINTS is for a local cloud; remove it in Azure")
    if settings.simulated_dialog_access:
        raise SettingsError("SIMULATED_DIALOG_ACCESS is for a local cloud; remove it in Azure")
    if not settings.sms_gateway_endpoint.lower().startswith("https://"):
        raise SettingsError("SMS_GATEWAY_ENDPOINT must begin with https:// in Azure: a password goes there")


class _Reader:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def optional(self, name: str) -> str | None:
        value = self._environment.get(name, "").strip() or None
        if value is not None and value.startswith("@Microsoft.KeyVault("):
            raise SettingsError(
                f"the Key Vault reference in {name} was not resolved: check the vault and its role"
            )
        return value

    def text(self, name: str, meaning: str, default: str | None = None) -> str:
        value = self.optional(name) or default
        if value is None:
            raise SettingsError(f"the setting {name} is missing: set it to {meaning}")
        return value

    def number(self, name: str, default: int, low: int, high: int) -> int:
        text = self.optional(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            raise SettingsError(f"the setting {name} must be a whole number from {low} to {high}")
        return int(text)

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        text = self.optional(name) or default
        if text not in choices:
            raise SettingsError(f"the setting {name} must be {' or '.join(choices)}")
        return text

    def flag(self, name: str) -> bool:
        text = (self.optional(name) or "false").lower()
        if text not in ("true", "false"):
            raise SettingsError(f"the setting {name} must be true or false")
        return text == "true"

    def names(self, name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in (self.optional(name) or "").split(",") if part.strip())

    def secret(self, name: str) -> bytes:
        text = self.text(name, "base64 of 32 random bytes; changing it later hides earlier orders")
        try:
            value = base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise SettingsError(f"the setting {name} is not base64") from error
        if len(value) < 16:
            raise SettingsError(f"the setting {name} must be base64 of at least 16 bytes")
        return value

    def connection(self, name: str, address_suffix: str) -> Connection:
        connection_string = self.optional(name)
        address = self.optional(f"{name}__{address_suffix}")
        if connection_string is None and address is None:
            raise SettingsError(
                f"set {name} to a connection string, or {name}__{address_suffix} to use the managed identity"
            )
        return Connection(connection_string, None if connection_string else address)
