"""Registers the references of accepted SMS, and applies reports that overtook the gateway's answer."""

import asyncio
import logging
from collections.abc import Mapping

from shared.domain.orders.notification import Outcome
from shared.domain.orders.order import Channel
from shared.records.order_rows import StoredOrder
from shared.runtime.errors import TransientError
from shared.services.reporting.record_outcomes import RecordOutcomes
from shared.storage.gateway_references import GatewayReferences

_log = logging.getLogger(__name__)


async def meet_reports(
    references: GatewayReferences,
    record: RecordOutcomes,
    stored: StoredOrder,
    outcomes: Mapping[int, Outcome],
) -> dict[int, Outcome]:
    """Register the references of these outcomes by slot; return those that reports which came first change.

    To be called before the outcomes are recorded, so that no report falls between the two. What cannot be
    registered now is queued as news, which is registered when it is applied.
    """
    accepted = [(slot, o, o.reference) for slot, o in outcomes.items() if o.reference is not None]
    reports = await asyncio.gather(
        *(
            references.register(reference, stored.item.of_notification(slot))
            for slot, _, reference in accepted
        ),
        return_exceptions=True,
    )
    met: dict[int, Outcome] = {}
    notifications = {n.slot: n for n in stored.state.notifications}
    for (slot, outcome, _), came_first in zip(accepted, reports, strict=True):
        if isinstance(came_first, TransientError):
            await _register_later(record, stored, slot, outcome)
        elif isinstance(came_first, BaseException):
            raise came_first
        elif came_first:
            combined = notifications[slot].combined_with(outcome)
            for report in came_first:
                combined = combined.combined_with(report)
            met[slot] = Outcome(combined.result, combined.at, outcome.reference)
    return met


async def _register_later(record: RecordOutcomes, stored: StoredOrder, slot: int, outcome: Outcome) -> None:
    try:
        await record.keep(stored.item.of_notification(slot), Channel.SMS, outcome)
    except TransientError:
        _log.error("the gateway reference of %s could not be registered", stored.item)
