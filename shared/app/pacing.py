"""Composes what keeps the calls to each provider within the limits that the settings name."""

from collections.abc import Iterable
from datetime import timedelta

from shared.app.settings import Settings
from shared.domain.sending.provider_limits import Limit
from shared.ports.tables import TableStore
from shared.runtime.clock import Clock
from shared.services.sending.permit_calls import PermitCalls
from shared.storage.provider_states import ProviderStates


def email_permits(settings: Settings, store: TableStore, clock: Clock) -> PermitCalls:
    """Return what permits calls to the e-mail provider."""
    minute = Limit("Minute", settings.email_limit_per_minute, timedelta(minutes=1))
    hour = Limit("Hour", settings.email_limit_per_hour, timedelta(hours=1))
    return _permits("email", (minute, hour), store, clock)


def sms_permits(settings: Settings, store: TableStore, clock: Clock) -> PermitCalls:
    """Return what permits calls to the SMS gateway."""
    second = Limit("Second", settings.sms_limit_per_second, timedelta(seconds=1))
    return _permits("sms", (second,), store, clock)


def _permits(provider: str, limits: Iterable[Limit], store: TableStore, clock: Clock) -> PermitCalls:
    set_limits = [limit for limit in limits if limit.calls]
    states = ProviderStates(store, provider, [limit.name for limit in set_limits])
    return PermitCalls(states=states, limits=set_limits, clock=clock)
