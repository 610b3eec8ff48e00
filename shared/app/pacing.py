"""Composes what keeps the calls to each provider within the limits that the settings name."""

from collections.abc import Iterable
from datetime import timedelta

from shared.app.settings import Settings
from shared.domain.sending.provider_limits import Limit
from shared.ports.tables import TableStore
from shared.runtime.clock import Clock
from shared.services.sending.permit_calls import PaceProvider
from shared.storage.provider_states import ProviderSlots


def email_pace(settings: Settings, store: TableStore, clock: Clock, real_time: Clock) -> PaceProvider:
    """Return what paces e-mails."""
    minute = Limit("Minute", settings.email_limit_per_minute, timedelta(minutes=1))
    hour = Limit("Hour", settings.email_limit_per_hour, timedelta(hours=1))
    return _pace("email", (minute, hour), store, clock, real_time)


def sms_pace(settings: Settings, store: TableStore, clock: Clock, real_time: Clock) -> PaceProvider:
    """Return what paces SMS."""
    second = Limit("Second", settings.sms_limit_per_second, timedelta(seconds=1))
    return _pace("sms", (second,), store, clock, real_time)


def _pace(
    provider: str, limits: Iterable[Limit], store: TableStore, clock: Clock, real_time: Clock
) -> PaceProvider:
    set_limits = [limit for limit in limits if limit.calls]
    slots = ProviderSlots(store, provider, [limit.name for limit in set_limits])
    return PaceProvider(slots=slots, limits=set_limits, clock=clock, real_time=real_time)
