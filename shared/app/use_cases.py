"""Builds all use cases from the settings and the adapters, for the running app and for the tests alike.

Parts are wired by name: a use case with a field `orders` gets the part `orders`, or the setting or adapter of
that name. Only what needs more than that is named here; all else is built from the types of the fields. No
SDK is needed; `adapters` builds the real adapters, and the tests bring adapters of their own.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import cache, partial
from inspect import Parameter, signature
from typing import Any

from shared.app.settings import Settings
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
from shared.domain.orders.order import Channel
from shared.domain.orders.trace import Tracing
from shared.domain.recipients.contact_points import PhoneCheck
from shared.domain.sending.allowance import Allowance
from shared.domain.sending.provider_limits import Limit
from shared.domain.sending.send_window import SendWindow
from shared.ports.conditions import ConditionEndpoint
from shared.ports.email import AttachmentSource, EmailProvider, EmailReportReader
from shared.ports.people import DialogAccess
from shared.ports.queues import QueueSender, QueueWatch
from shared.ports.registers import AccessDecisions, ContactRegister, NameRegister, ResourceRegistry
from shared.ports.sms import SmsGateway
from shared.ports.tables import TableStore
from shared.ports.webhooks import SecretSeal, WebhookEndpoint
from shared.runtime.breaker import Breaker, Breakers
from shared.runtime.clock import Clock
from shared.runtime.fair_shares import FairShares
from shared.services.advancing.advance_order import AdvanceOrder
from shared.services.advancing.ask_condition import AskCondition
from shared.services.advancing.put_question import (
    FAILURES,
    LEFT_ALONE_SECONDS,
    QUESTIONS_AT_ONCE,
    PutQuestion,
)
from shared.services.advancing.release_due import ReleaseDue
from shared.services.advancing.second_pulse import SecondPulse
from shared.services.feeding.append_feed import AppendFeed
from shared.services.feeding.collect_metrics import CollectMetrics
from shared.services.feeding.explain_shipment import ExplainShipment
from shared.services.feeding.find_by_recipient import FindByRecipient
from shared.services.feeding.read_status import ReadStatus
from shared.services.handling.handle_messages import HandleMessages
from shared.services.handling.replay_dead_letter import ReplayDeadLetter
from shared.services.handling.replay_waiting import ReplayWaiting
from shared.services.hops import Hops
from shared.services.keeping.check_readiness import CheckReadiness
from shared.services.keeping.purge_old import PurgeOld
from shared.services.keeping.purge_withdrawn import PurgeWithdrawn
from shared.services.measures import count_results
from shared.services.placing.cancel_chain import CancelChain
from shared.services.placing.large_requests import LargeRequests
from shared.services.placing.owner_quota import ORDERS, RECIPIENTS, OwnerQuota
from shared.services.placing.place_order import PlaceOrder
from shared.services.placing.preview_order import PreviewOrder
from shared.services.reporting.record_report import RecordReport
from shared.services.sending.permit_calls import PermitCalls
from shared.services.sending.send_email import EmailCalls
from shared.services.sending.send_instant import SendInstant
from shared.services.sending.send_messages import SendMessages
from shared.services.sending.send_sms import SmsCalls
from shared.services.times import Times
from shared.services.turns import Turns
from shared.services.webhooks.deliver_entries import CALLS_AT_ONCE, DeliverEntries, EventWriter
from shared.services.webhooks.manage_webhooks import ManageWebhooks
from shared.services.webhooks.try_webhook import TestWriter, TryWebhook
from shared.storage.dead_letters import DeadLetters
from shared.storage.feed.status_feed import StatusFeed
from shared.storage.gateway_references import GatewayReferences
from shared.storage.notification_log import NotificationLog
from shared.storage.provider_states import ProviderStates
from shared.storage.recipient_index import EmailIndex, RecipientIndex
from shared.storage.webhooks import WebhookTable

_GATEWAY_MARGIN = timedelta(seconds=5)  # beyond its read timeout: connecting, and reading the rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters:
    """Everything outside the process, by port."""

    clock: Clock
    real_time: Clock
    store: TableStore
    sender: QueueSender
    queue_watch: QueueWatch
    email_provider: EmailProvider
    read_email_reports: EmailReportReader
    attachments: AttachmentSource
    sms_gateway: SmsGateway
    condition_endpoint: ConditionEndpoint
    contact_register: ContactRegister
    access_decisions: AccessDecisions
    name_register: NameRegister
    resource_registry: ResourceRegistry | None
    is_phone_number: PhoneCheck
    dialog_access: DialogAccess
    webhook_endpoint: WebhookEndpoint
    secret_seal: SecretSeal
    write_event: EventWriter
    write_test: TestWriter
    removals_apart: float = 2.0  # seconds between two writes that take closed shipments off the agenda


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """What the triggers call: the use cases, and what endpoints need to read requests and know callers."""

    settings: Settings
    clock: Clock
    sender: QueueSender
    defaults: Defaults
    authorizer: Authorizer
    end_user_login: EndUserLogin
    metrics_api_key: MetricsApiKey
    webhook_credentials: BasicCredentials
    dialog_access: DialogAccess
    notification_log: NotificationLog
    dead_letters: DeadLetters
    owner_quota: OwnerQuota
    preview_quota: OwnerQuota
    large_requests: LargeRequests
    place_order: PlaceOrder
    preview_order: PreviewOrder
    cancel_chain: CancelChain
    send_instant: SendInstant
    read_status: ReadStatus
    answer_turns: Turns
    explain_shipment: ExplainShipment
    find_by_recipient: FindByRecipient
    collect_metrics: CollectMetrics
    manage_webhooks: ManageWebhooks
    try_webhook: TryWebhook
    replay_dead_letter: ReplayDeadLetter
    check_readiness: CheckReadiness
    handle_messages: HandleMessages
    release_due: ReleaseDue
    second_pulse: SecondPulse
    replay_waiting: ReplayWaiting
    purge_old: PurgeOld


def build_app(settings: Settings, adapters: Adapters) -> App:
    """Build the app; nothing outside is called."""
    parts = _Parts({"settings": settings, "ids": IdMaker(settings.id_secret)})
    for source in (settings, adapters):
        parts |= {field.name: getattr(source, field.name) for field in fields(source)}
    parts |= _callers(settings)
    start, end = settings.sms_send_window_start_hour, settings.sms_send_window_end_hour
    window = SendWindow(start, end, settings.sms_send_window_spread)
    tracing = Tracing(settings.traced_orders_per_mille)
    parts |= {"hops": Hops(tracing), "on_change": partial(count_results, window)}
    parts.add(
        times=partial(Times, window=window),
        feed=partial(StatusFeed, first_number=settings.status_feed_first_number),
        webhooks=partial(WebhookTable, first_number=settings.status_feed_first_number),
    )
    _add_sending(parts, settings)
    _add_asking(parts, settings)
    parts["webhook_shares"] = FairShares(CALLS_AT_ONCE, _seconds(parts["real_time"]))
    parts.add(deliver_entries=DeliverEntries)
    parts.add(advance_order=AdvanceOrder, record_report=RecordReport, append_feed=AppendFeed)
    parts.add(
        owner_quota=partial(OwnerQuota, quotas=_quotas(settings)),
        preview_quota=partial(OwnerQuota, quotas=_preview_quotas(settings), what="preview"),
        by_recipient=RecipientIndex,
        dead_letters=DeadLetters,
        gateway_references=GatewayReferences,
        purge_withdrawn=PurgeWithdrawn,
    )
    others = (
        parts["by_recipient"].purge_before,
        parts["dead_letters"].purge_before,
        parts["gateway_references"].purge_parked,
        parts["orders"].acceptances.purge_before,
        parts["purge_withdrawn"],
    )
    parts.add(purge_old=partial(PurgeOld, others=others))
    return parts.build(App)


class _Parts(dict[str, Any]):
    """The parts of the app by name. What is built gets the parts that its parameters name.

    A part that is not there yet is built first, from the class that its parameter declares.
    """

    def build[T](self, kind: Callable[..., T]) -> T:
        """Build one; TypeError when a part is missing that has no class of ours."""
        given, made_by = (kind.keywords, kind.func) if isinstance(kind, partial) else ({}, kind)
        wanted = [each for each in _parameters(made_by) if each.name not in given]
        for each in wanted:
            is_missing = each.name not in self and each.default is each.empty
            if is_missing and getattr(each.annotation, "__module__", "").startswith("shared."):
                self[each.name] = self.build(each.annotation)
        return kind(**{each.name: self[each.name] for each in wanted if each.name in self})

    def add(self, **kinds: Callable[..., object]) -> None:
        """Build parts, in this order, and keep them."""
        for name, kind in kinds.items():
            if name not in self:
                self[name] = self.build(kind)


@cache
def _parameters(kind: Callable[..., object]) -> tuple[Parameter, ...]:
    """Return what a class takes: reading that is slower than building, and tests build many apps."""
    return tuple(signature(kind).parameters.values())


def _add_sending(parts: _Parts, settings: Settings) -> None:
    def permits(provider: str, *limits: Limit) -> PermitCalls:
        set_limits = [limit for limit in limits if limit.calls]
        states = ProviderStates(parts["store"], provider, [limit.name for limit in set_limits])
        return parts.build(partial(PermitCalls, states=states, limits=set_limits))

    minute = Limit("Minute", settings.email_limit_per_minute, timedelta(minutes=1))
    hour = Limit("Hour", settings.email_limit_per_hour, timedelta(hours=1))
    parts.add(email_index=EmailIndex)
    index = parts["email_index"] if settings.support_search_by_email else None
    email = parts.build(partial(EmailCalls, permits=permits("email", minute, hour), email_index=index))
    second = Limit("Second", settings.sms_limit_per_second, timedelta(seconds=1))
    call_time = settings.sms_gateway_timeout + _GATEWAY_MARGIN
    sms = parts.build(partial(SmsCalls, permits=permits("sms", second), call_time=call_time))
    parts.add(
        send_email=partial(SendMessages, calls=email),
        send_sms=partial(SendMessages, calls=sms),
        send_instant=partial(SendInstant, calls={Channel.EMAIL: email, Channel.SMS: sms}),
    )


def _quotas(settings: Settings) -> dict[str, Allowance]:
    """Return the quotas of an owner that are set."""
    amounts = {ORDERS: settings.owner_orders_per_minute, RECIPIENTS: settings.owner_recipients_per_minute}
    return {name: Allowance(amount, 60.0) for name, amount in amounts.items() if amount}


def _preview_quotas(settings: Settings) -> dict[str, Allowance]:
    """Return the quotas of an owner's previews, which are always limited: each asks the registers."""
    return {
        ORDERS: Allowance(settings.owner_previews_per_minute, 60.0),
        RECIPIENTS: Allowance(settings.owner_previewed_recipients_per_minute, 60.0),
    }


def _add_asking(parts: _Parts, settings: Settings) -> None:
    seconds = _seconds(parts["real_time"])

    def breaker() -> Breaker:
        probe_seconds = settings.condition_timeout.total_seconds()
        return Breaker(
            failures=FAILURES, open_seconds=LEFT_ALONE_SECONDS, probe_seconds=probe_seconds, clock=seconds
        )

    shares = FairShares(QUESTIONS_AT_ONCE, seconds)
    parts.add(
        put_question=partial(PutQuestion, shares=shares, breakers=Breakers(make=breaker)),
        ask_condition=AskCondition,
    )


def _seconds(real_time: Clock) -> Callable[[], float]:
    return lambda: real_time.now().timestamp()


def _callers(settings: Settings) -> dict[str, Any]:
    """Build what identifies callers, and the defaults of what they leave out."""
    insecure = settings.allow_insecure_local_endpoints
    keys = OpenIdKeys(settings.oidc_well_known_endpoint, allow_insecure=insecure)
    rules = TokenRules(issuers=settings.token_issuers, audiences=settings.token_audiences)
    bearer = BearerVerifier(keys, rules, cookie_name=settings.jwt_cookie_name)
    certificates = VaultCertificates(settings.platform_token_vault_uri or "", allow_insecure=insecure)
    platform = PlatformTokenVerifier(certificates, settings.platform_token_issuers)
    return {
        "authorizer": Authorizer(bearer, platform),
        "end_user_login": EndUserLogin(bearer),
        "metrics_api_key": MetricsApiKey(settings.metrics_api_key or ""),
        "webhook_credentials": BasicCredentials(
            settings.sms_report_username, settings.sms_report_password, settings.sms_report_former_password
        ),
        "defaults": Defaults(settings.default_email_from_address, settings.default_sms_sender, insecure),
    }
