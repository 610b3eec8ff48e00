"""What the use cases stand on: rules, credentials, adapters and row layouts, built when first needed."""

from functools import cached_property
from typing import TYPE_CHECKING

from shared.app.settings import Connection, Settings, SettingsError
from shared.auth.caller import Authorizer
from shared.auth.certificates import VaultCertificates
from shared.auth.end_user import EndUserLogin
from shared.auth.keys import BasicCredentials, MetricsApiKey
from shared.auth.platform_token import PlatformTokenVerifier
from shared.auth.signing_keys import OpenIdKeys
from shared.auth.tokens import BearerVerifier
from shared.auth.verification import TokenRules
from shared.contracts.reading.order_defaults import Defaults
from shared.domain.orders.ids import IdMaker
from shared.domain.sending.send_window import SendWindow
from shared.ports.conditions import ConditionEndpoint
from shared.ports.email import AttachmentSource, EmailProvider
from shared.ports.people import DialogAccess
from shared.ports.queues import QueueWatch
from shared.ports.sms import SmsGateway
from shared.ports.tables import TableStore
from shared.runtime.clock import Clock, OffsetFileClock, SystemClock
from shared.services.advancing.release_delay import ReleaseDelay
from shared.services.placing.resolve_recipients import ResolveRecipients
from shared.storage.agenda import Agenda
from shared.storage.dead_letters import DeadLetters
from shared.storage.feed.status_feed import StatusFeed
from shared.storage.gateway_references import GatewayReferences
from shared.storage.notification_log import NotificationLog
from shared.storage.orders import OrderTable
from shared.storage.recipient_index import RecipientIndex
from shared.storage.senders_references import SendersReferences

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

    from shared.messaging.sender import ServiceBusQueueSender
    from shared.storage.access.tables import AzureTableStore


class Foundations:
    """One process's rules and adapters; every property is built when first asked for."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    # -- rules ----------------------------------------------------------------------------------------------

    @cached_property
    def clock(self) -> Clock:
        """The time of business rules."""
        path = self.settings.clock_file
        return SystemClock() if path is None else OffsetFileClock(path)

    @cached_property
    def real_time(self) -> Clock:
        """The time of claims and timeouts."""
        return SystemClock()

    @cached_property
    def window(self) -> SendWindow:
        """The hours in which daytime SMS may leave."""
        return SendWindow(self.settings.sms_send_window_start_hour, self.settings.sms_send_window_end_hour)

    @cached_property
    def release_delay(self) -> ReleaseDelay:
        """How held SMS are spread after the opening."""
        return ReleaseDelay(self.settings.sms_release_spread)

    @cached_property
    def defaults(self) -> Defaults:
        """What requests get where they say nothing."""
        return Defaults(
            self.settings.default_email_from_address,
            self.settings.default_sms_sender,
            self.settings.allow_insecure_local_endpoints,
        )

    @cached_property
    def ids(self) -> IdMaker:
        """Makes the ids and digests."""
        return IdMaker(self.settings.id_secret)

    # -- who is calling -------------------------------------------------------------------------------------

    @cached_property
    def authorizer(self) -> Authorizer:
        """Decides who may call what."""
        settings = self.settings
        insecure = settings.allow_insecure_local_endpoints
        certificates = VaultCertificates(settings.platform_token_vault_uri or "", allow_insecure=insecure)
        issuers = frozenset(settings.platform_token_issuers)
        return Authorizer(self._bearer, PlatformTokenVerifier(certificates, issuers))

    @cached_property
    def end_user_login(self) -> EndUserLogin:
        """Tells which person is calling."""
        return EndUserLogin(self._bearer)

    @cached_property
    def _bearer(self) -> BearerVerifier:
        settings = self.settings
        insecure = settings.allow_insecure_local_endpoints
        keys = OpenIdKeys(settings.oidc_well_known_endpoint, allow_insecure=insecure)
        rules = TokenRules(
            issuers=frozenset(settings.token_issuers), audiences=frozenset(settings.token_audiences)
        )
        return BearerVerifier(keys, rules, cookie_name=settings.jwt_cookie_name)

    @cached_property
    def metrics_api_key(self) -> MetricsApiKey:
        """What whoever collects metrics shows."""
        return MetricsApiKey(self.settings.metrics_api_key or "")

    @cached_property
    def webhook_credentials(self) -> BasicCredentials:
        """What the SMS gateway shows when it reports."""
        return BasicCredentials(self.settings.sms_report_username, self.settings.sms_report_password)

    # -- adapters -------------------------------------------------------------------------------------------

    @cached_property
    def _credential(self) -> "AsyncTokenCredential":
        from azure.identity.aio import ManagedIdentityCredential  # noqa: PLC0415  only where keys are absent

        client_id = self.settings.managed_identity_client_id
        return ManagedIdentityCredential(client_id=client_id) if client_id else ManagedIdentityCredential()

    @cached_property
    def _tables(self) -> "AzureTableStore":
        from shared.runtime.http_transport import shared_transport  # noqa: PLC0415
        from shared.storage.access.table_account import TableAccount  # noqa: PLC0415
        from shared.storage.access.tables import AzureTableStore  # noqa: PLC0415

        connection, transport = self.settings.tables, shared_transport()
        if connection.connection_string is not None:
            account = TableAccount.from_connection_string(connection.connection_string, transport)
        else:
            account = TableAccount.with_identity(_address(connection), self._credential, transport)
        return AzureTableStore(account)

    @property
    def store(self) -> TableStore:
        """Table Storage."""
        return self._tables

    @cached_property
    def sender(self) -> "ServiceBusQueueSender":
        """Service Bus."""
        from shared.messaging.sender import ServiceBusQueueSender  # noqa: PLC0415

        connection = self.settings.service_bus
        if connection.connection_string is not None:
            return ServiceBusQueueSender.from_connection_string(connection.connection_string)
        return ServiceBusQueueSender.with_identity(_address(connection), self._credential)

    @cached_property
    def queue_watch(self) -> QueueWatch:
        """What waits on Service Bus."""
        from shared.messaging.queue_watch import ServiceBusQueueWatch  # noqa: PLC0415
        from shared.messaging.service_bus import (  # noqa: PLC0415
            client_from_connection_string,
            client_with_identity,
        )

        connection = self.settings.service_bus
        if connection.connection_string is not None:
            return ServiceBusQueueWatch(client_from_connection_string(connection.connection_string))
        return ServiceBusQueueWatch(client_with_identity(_address(connection), self._credential))

    @cached_property
    def email_provider(self) -> EmailProvider:
        """Azure Communication Services."""
        from azure.core.credentials import AzureKeyCredential  # noqa: PLC0415

        from shared.providers.email_acs import AcsEmailProvider  # noqa: PLC0415
        from shared.runtime.http_transport import shared_transport  # noqa: PLC0415

        key = self.settings.acs_email_access_key
        credential = self._credential if key is None else AzureKeyCredential(key)
        return AcsEmailProvider(
            self.settings.acs_email_endpoint,
            credential,
            shared_transport(),
            default_sender=self.settings.default_email_from_address,
        )

    @cached_property
    def sms_gateway(self) -> SmsGateway:
        """LINK Mobility."""
        from shared.providers.sms_link_mobility import LinkMobilityGateway  # noqa: PLC0415

        settings = self.settings
        return LinkMobilityGateway(
            settings.sms_gateway_endpoint,
            settings.sms_gateway_username,
            settings.sms_gateway_password,
            default_sender=settings.default_sms_sender,
            read_timeout_seconds=settings.sms_gateway_timeout.total_seconds(),
        )

    @cached_property
    def condition_endpoint(self) -> ConditionEndpoint:
        """The senders' own condition endpoints."""
        from shared.app.outside import condition_endpoint  # noqa: PLC0415

        return condition_endpoint(self.settings)

    @cached_property
    def resolve_recipients(self) -> ResolveRecipients:
        """Asks the registers of the platform."""
        from shared.app.outside import recipient_resolver  # noqa: PLC0415

        return recipient_resolver(self.settings)

    @cached_property
    def dialog_access(self) -> DialogAccess:
        """Who may see which dialog."""
        from shared.lookups.platform.dialog_access import NoDialogAccess, SimulatedDialogAccess  # noqa: PLC0415

        return SimulatedDialogAccess() if self.settings.simulated_dialog_access else NoDialogAccess()

    @cached_property
    def attachments(self) -> AttachmentSource:
        """The senders' own Blob Storage."""
        from shared.lookups.attachments import HttpAttachments  # noqa: PLC0415
        from shared.lookups.http_client import HttpClient  # noqa: PLC0415

        insecure = self.settings.allow_insecure_local_endpoints
        return HttpAttachments(HttpClient(public_only=True, insecure_local=insecure, threads=16))

    @cached_property
    def orders(self) -> OrderTable:
        """The orders."""
        return OrderTable(self.store)

    @cached_property
    def agenda(self) -> Agenda:
        """When to look at which order."""
        return Agenda(self.store)

    @cached_property
    def feed(self) -> StatusFeed:
        """What owners are told."""
        return StatusFeed(self.store, self.clock, self.settings.status_feed_first_number)

    @cached_property
    def notification_log(self) -> NotificationLog:
        """What dialogs are told."""
        return NotificationLog(self.store)

    @cached_property
    def gateway_references(self) -> GatewayReferences:
        """Which SMS a gateway reference means."""
        return GatewayReferences(self.store)

    @cached_property
    def dead_letters(self) -> DeadLetters:
        """Messages that could not be processed."""
        return DeadLetters(self.store)

    @cached_property
    def senders_references(self) -> SendersReferences:
        """Which orders carry a sender's own reference."""
        return SendersReferences(self.store, self.ids)

    @cached_property
    def recipients_index(self) -> RecipientIndex:
        """Which orders address a person or organisation."""
        return RecipientIndex(self.store, self.ids)


def _address(connection: Connection) -> str:
    if connection.address is None:
        raise SettingsError("a connection has neither a connection string nor an address")
    return connection.address
