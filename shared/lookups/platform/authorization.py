"""Altinn Authorization: who may act for an organisation on a resource, asked in XACML's JSON form."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.lookups.platform.platform_service import PlatformService
from shared.lookups.timed_cache import TimedCache
from shared.ports.registers import OrganizationUsers

type Pair = tuple[int, int]  # party, user

_DECISION = "decision"
_PERMIT = "Permit"
_KEEP_SECONDS = 60.0
_STRING = "http://www.w3.org/2001/XMLSchema#string"
_ACTION_ID = "urn:oasis:names:tc:xacml:1.0:action:action-id"
_USER, _PARTY = "urn:altinn:userid", "urn:altinn:partyid"
_SUBJECT_CATEGORY = "urn:oasis:names:tc:xacml:1.0:subject-category:access-subject"
_RESOURCE_CATEGORY = "urn:oasis:names:tc:xacml:3.0:attribute-category:resource"
_APP_PREFIX = "app_"
_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class AuthorizationDecisions:
    """`AccessDecisions` over Authorization; `batch_size` pairs a call, decisions kept for a minute."""

    service: PlatformService
    batch_size: int = 500
    cache: TimedCache[tuple[Pair, str, str], bool] = field(
        default_factory=lambda: TimedCache(seconds=_KEEP_SECONDS)
    )

    async def permitted(
        self, organizations: Collection[OrganizationUsers], resource: str, action: str
    ) -> frozenset[Pair]:
        """Return the (party, user) pairs with an explicit permit; a refused request permits none."""
        asked = dict.fromkeys((unit.party_id, user.user_id) for unit in organizations for user in unit.users)
        # read once: a decision may grow old while others are waited for
        decided = {
            pair: known for pair in asked if (known := self.cache.get((pair, resource, action))) is not None
        }
        unknown = [pair for pair in asked if pair not in decided]
        answers = await self.service.post_chunks(
            _DECISION, unknown, lambda pairs: _request(pairs, resource, action), size=self.batch_size
        )
        permitted = set[Pair]().union(*(self._read(answer) for answer in answers))
        for pair in unknown:
            decided[pair] = pair in permitted
            self.cache.put((pair, resource, action), decided[pair])
        return frozenset(pair for pair in asked if decided[pair])

    def _read(self, answer: Mapping[str, Any]) -> set[Pair]:
        results = answer.get("response")
        if not isinstance(results, list):
            raise self.service.unreadable()
        permitted: set[Pair] = set()
        nameless = 0
        for result in results:
            if not isinstance(result, dict):
                raise self.service.unreadable()
            user, party = _value(result, _SUBJECT_CATEGORY, _USER), _value(result, _RESOURCE_CATEGORY, _PARTY)
            if user is None or party is None:
                nameless += 1
            elif result.get("decision") == _PERMIT:
                permitted.add((party, user))
        if nameless:
            _log.warning("authorization gave %d decisions without a user or party", nameless)
        return permitted


def _request(pairs: Sequence[Pair], resource: str, action: str) -> dict[str, Any]:
    users = dict.fromkeys(user for _, user in pairs)
    parties = dict.fromkeys(party for party, _ in pairs)
    return {
        "request": {
            "returnPolicyIdList": False,
            "combinedDecision": False,
            "accessSubject": [
                {"id": f"subject{user}", "attribute": [_attribute(_USER, str(user), included=True)]}
                for user in users
            ],
            "action": [{"id": "action", "attribute": [_attribute(_ACTION_ID, action, data_type="string")]}],
            "resource": [
                {
                    "id": f"resource{party}",
                    "attribute": [
                        *(_attribute(name, value) for name, value in _resource_attributes(resource)),
                        _attribute(_PARTY, str(party), included=True),
                    ],
                }
                for party in parties
            ],
            "multiRequests": {
                "requestReference": [
                    {"referenceId": [f"subject{user}", "action", f"resource{party}"]} for party, user in pairs
                ]
            },
        }
    }


def _resource_attributes(resource: str) -> list[tuple[str, str]]:
    """Return what names the resource; an app is named by its owner and the rest, underscores included."""
    owner, _, app = resource.removeprefix(_APP_PREFIX).partition("_")
    if resource.startswith(_APP_PREFIX) and owner and app:
        return [("urn:altinn:org", owner), ("urn:altinn:app", app)]
    return [("urn:altinn:resource", resource)]


def _attribute(
    name: str, value: str, *, included: bool = False, data_type: str = _STRING
) -> dict[str, str | bool]:
    return {
        "attributeId": name,
        "value": value,
        "issuer": "Altinn",
        "dataType": data_type,
        "includeInResult": included,
    }


def _value(result: Mapping[str, Any], category: str, name: str) -> int | None:
    for part in result.get("category") or []:
        for attribute in part.get("attribute") or [] if part.get("categoryId") == category else []:
            text = str(attribute.get("value", ""))
            if attribute.get("attributeId") == name and text.isascii() and text.isdigit():
                return int(text)
    return None
