"""Puts one question to the condition endpoint of a sender, within the places that its owner and host have.

How many questions are under way is limited per owner and per host. A host that stays silent is left alone
for a while.
"""

import logging
from dataclasses import dataclass
from urllib.parse import urlsplit

from shared.domain.orders.condition import ConditionAnswer
from shared.domain.texts.written_url import called_url
from shared.ports.conditions import ConditionEndpoint
from shared.runtime.breaker import Breakers
from shared.runtime.fair_shares import FairShares

QUESTIONS_AT_ONCE = (
    24  # of the 32 messages that are handled at a time: those put off must not wait for an answer
)
FAILURES = 5  # questions in a row to one host that found it silent, before it is left alone
LEFT_ALONE_SECONDS = 30.0  # less than there is between two questions about one shipment
_HOST_SILENT = ConditionAnswer(met=None, reason="host silent")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PutQuestion:
    """Asks for orders that are on their way, and for previews that try a condition."""

    condition_endpoint: ConditionEndpoint
    shares: FairShares
    breakers: Breakers

    async def __call__(self, owner: str, endpoint: str) -> ConditionAnswer | None:
        """Return the answer of an endpoint, as an order names it; None when there is no place for it now."""
        url = called_url(endpoint)
        host = _host(url)
        with self.shares.held(owner, host) as is_held:
            if not is_held:
                return None
            breaker = self.breakers.of(owner, host)  # so no owner can have another's endpoint left alone
            if not breaker.admits():
                under_way = self.shares.count(owner, host) > 1  # it may show that the host answers
                return None if under_way else _HOST_SILENT
            answer = await self.condition_endpoint.ask(url)
            if not answer.silent:
                breaker.succeeded()
            elif breaker.failed():
                _log.warning(
                    "a host that stays silent is not asked for %d s", LEFT_ALONE_SECONDS, extra={"host": host}
                )
            return answer

    def pause(self, owner: str) -> float:
        """Return the seconds until a question of an owner that got no place comes again."""
        return self.shares.pause(owner)


def _host(url: str) -> str:
    """Return host and port of a URL; nothing if they cannot be told, so it will not be called."""
    try:
        parts = urlsplit(url)
        return f"{parts.hostname}:{parts.port}"
    except ValueError:
        return ""
