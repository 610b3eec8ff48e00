"""Builds every adapter from the settings. Imports the SDKs, so `running_app` imports this on a thread."""

from collections.abc import Callable, Mapping
from functools import cache, partial

from azure.core.credentials import AzureKeyCredential
from azure.core.credentials_async import AsyncTokenCredential

from shared.app.settings import Settings
from shared.app.use_cases import Adapters
from shared.auth.sealed_secrets import SealedSecrets
from shared.contracts.reading.phone_numbers import is_phone_number
from shared.contracts.webhooks.events import event_of_test, shipment_event
from shared.domain.orders.trace import Tracing
from shared.lookups.attachments import EMAILS_AT_ONCE, FILES_AT_ONCE, HttpAttachments
from shared.lookups.condition import HttpConditionEndpoint
from shared.lookups.http_client import HttpClient
from shared.lookups.maskinporten import MaskinportenTokens
from shared.lookups.platform.authorization import AuthorizationDecisions
from shared.lookups.platform.dialog_access import NoDialogAccess, SimulatedDialogAccess
from shared.lookups.platform.platform_service import PlatformService
from shared.lookups.platform.platform_token import PlatformTokenIssuer
from shared.lookups.platform.profile import ProfileContactRegister
from shared.lookups.platform.register import RegisterNames
from shared.lookups.platform.resource_registry import RegisteredResources
from shared.lookups.webhook import HttpWebhookEndpoint
from shared.messaging.queue_watch import ServiceBusQueueWatch
from shared.messaging.sender import ServiceBusQueueSender
from shared.messaging.service_bus import (
    ClientFactory,
    ServiceBusLink,
    client_from_connection_string,
    client_with_identity,
)
from shared.providers.email_acs import AcsEmailProvider
from shared.providers.event_grid import parse_email_reports
from shared.providers.sms_link_mobility import LinkMobilityGateway
from shared.records import queues
from shared.runtime.clock import OffsetFileClock, SystemClock
from shared.runtime.http_transport import shared_transport
from shared.storage.access.table_account import TableAccount
from shared.storage.access.tables import AzureTableStore

_REGISTER_THREADS = 16
_ATTACHMENT_THREADS = EMAILS_AT_ONCE * FILES_AT_ONCE  # so no owner waits for a thread that another has
_WEBHOOK_THREADS = 32  # as for conditions
_CONDITION_THREADS = (
    32  # more than questions may be under way: one that was given up keeps its own a little longer
)

type _Headers = Callable[[], Mapping[str, str]]


def build_adapters(settings: Settings) -> Adapters:
    """Build all adapters on the running event loop, and connect to the queues in the background."""
    sender = queue_sender(settings)
    sender.warm_up(queues.QUEUES)
    clock_file, insecure = settings.clock_file, settings.allow_insecure_local_endpoints
    registers = HttpClient(public_only=False, insecure_local=insecure, threads=_REGISTER_THREADS)
    blobs = HttpClient(public_only=True, insecure_local=insecure, threads=_ATTACHMENT_THREADS)
    webhooks = HttpClient(public_only=True, insecure_local=insecure, threads=_WEBHOOK_THREADS)
    return Adapters(
        clock=SystemClock() if clock_file is None else OffsetFileClock(clock_file),
        real_time=SystemClock(),
        store=table_store(settings),
        sender=sender,
        queue_watch=ServiceBusQueueWatch(_service_bus(settings)),
        email_provider=email_provider(settings),
        read_email_reports=parse_email_reports,
        attachments=HttpAttachments(blobs),
        sms_gateway=sms_gateway(settings),
        condition_endpoint=_condition_endpoint(settings),
        contact_register=ProfileContactRegister(
            PlatformService("Profile", settings.profile_endpoint, registers)
        ),
        access_decisions=_access_decisions(settings, registers),
        name_register=_name_register(settings, registers),
        resource_registry=_resource_registry(settings, registers),
        is_phone_number=is_phone_number,
        dialog_access=SimulatedDialogAccess() if settings.simulated_dialog_access else NoDialogAccess(),
        webhook_endpoint=HttpWebhookEndpoint(webhooks, SystemClock()),
        secret_seal=secret_seal(settings),
        write_event=shipment_event,
        write_test=event_of_test,
    )


def table_store(settings: Settings) -> AzureTableStore:
    """Build the access to Table Storage."""
    connection, transport = settings.tables, shared_transport()
    if not connection.is_address:
        return AzureTableStore(TableAccount.from_connection_string(connection.value, transport))
    credential = _identity(settings.managed_identity_client_id)
    return AzureTableStore(TableAccount.with_identity(connection.value, credential, transport))


def queue_sender(settings: Settings) -> ServiceBusQueueSender:
    """Build the sender to Service Bus; it connects when first used."""
    tracing = Tracing(settings.traced_orders_per_mille)
    connect = partial(ServiceBusLink.connect, _service_bus(settings))
    return ServiceBusQueueSender(connect, awaited=queues.AWAITED, tracing=tracing)


def email_provider(settings: Settings) -> AcsEmailProvider:
    """Build the client of Azure Communication Services."""
    key = settings.acs_email_access_key
    client_id = settings.acs_email_client_id or settings.managed_identity_client_id
    return AcsEmailProvider(
        settings.acs_email_endpoint,
        _identity(client_id) if key is None else AzureKeyCredential(key),
        shared_transport(),
        default_sender=settings.default_email_from_address,
    )


def sms_gateway(settings: Settings) -> LinkMobilityGateway:
    """Build the client of the LINK Mobility gateway."""
    return LinkMobilityGateway(
        settings.sms_gateway_endpoint,
        settings.sms_gateway_username,
        settings.sms_gateway_password,
        shared_transport(),
        default_sender=settings.default_sms_sender,
        read_timeout_seconds=settings.sms_gateway_timeout.total_seconds(),
    )


def secret_seal(settings: Settings) -> SealedSecrets:
    """Build what seals the secrets of webhooks; what a former key has sealed can still be opened."""
    keys = (settings.webhook_secrets_key, settings.webhook_secrets_former_key, settings.id_secret)
    return SealedSecrets([key for key in keys if key is not None])


def _service_bus(settings: Settings) -> ClientFactory:
    connection = settings.service_bus
    if not connection.is_address:
        return client_from_connection_string(connection.value)
    return client_with_identity(connection.value, _identity(settings.managed_identity_client_id))


@cache
def _identity(client_id: str | None) -> AsyncTokenCredential:
    from azure.identity.aio import ManagedIdentityCredential  # noqa: PLC0415  only where keys are absent

    return ManagedIdentityCredential(client_id=client_id) if client_id else ManagedIdentityCredential()


def _condition_endpoint(settings: Settings) -> HttpConditionEndpoint:
    insecure = settings.allow_insecure_local_endpoints
    http = HttpClient(public_only=True, insecure_local=insecure, threads=_CONDITION_THREADS)
    seconds = settings.condition_timeout.total_seconds()
    return HttpConditionEndpoint(http, _condition_tokens(settings), total_seconds=seconds)


def _condition_tokens(settings: Settings) -> MaskinportenTokens | None:
    endpoint, audience = settings.maskinporten_token_endpoint, settings.maskinporten_audience
    client_id, key = settings.maskinporten_client_id, settings.maskinporten_encoded_jwk
    if endpoint is None or audience is None or client_id is None or key is None:
        return None  # conditions are asked without a token
    insecure = settings.allow_insecure_local_endpoints
    return MaskinportenTokens(
        token_endpoint=endpoint,
        audience=audience,
        client_id=client_id,
        scope=settings.maskinporten_scope,
        encoded_jwk=key,
        http=HttpClient(public_only=False, insecure_local=insecure),
    )


def _access_decisions(settings: Settings, http: HttpClient) -> AuthorizationDecisions:
    endpoint, headers = settings.authorization_endpoint, _subscription(settings)
    service = PlatformService("Authorization", endpoint, http, headers=headers)
    return AuthorizationDecisions(service, batch_size=settings.authorization_batch_size)


def _name_register(settings: Settings, http: HttpClient) -> RegisterNames:
    pfx = settings.platform_access_token_pfx
    headers: _Headers = dict if pfx is None else PlatformTokenIssuer(pfx).headers
    return RegisterNames(PlatformService("Register", settings.register_endpoint, http, headers=headers))


def _resource_registry(settings: Settings, http: HttpClient) -> RegisteredResources | None:
    endpoint, headers = settings.resource_registry_endpoint, _subscription(settings)
    if endpoint is None:
        return None
    return RegisteredResources(PlatformService("Resource Registry", endpoint, http, headers=headers))


def _subscription(settings: Settings) -> _Headers:
    key = settings.platform_subscription_key
    return dict if key is None else lambda: {"Ocp-Apim-Subscription-Key": key}
