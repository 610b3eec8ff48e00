"""Altinn Authorization: decides for each (user, organisation) of a XACML JSON multi-request."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from devstack.simulators.altinn.fixtures import DENIED_USER, ORGANISATIONS
from devstack.simulators.altinn.json_request import json_object, malformed
from devstack.simulators.faults.gate import Gate

_RESTRICTED = "restricted"
_SUBJECT_CATEGORY = "urn:oasis:names:tc:xacml:1.0:subject-category:access-subject"
_RESOURCE_CATEGORY = "urn:oasis:names:tc:xacml:3.0:attribute-category:resource"
_PERMITTED = frozenset(
    (str(user.user_id), str(organisation.party_id))
    for organisation in ORGANISATIONS.values()
    for user in organisation.users
    if user is not DENIED_USER
)


class Authorization:
    """Permits users registered for an organisation, except the one who is denied everything.

    For a resource whose id begins with `restricted` nobody is permitted.
    """

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def add_routes(self, app: web.Application) -> None:
        """Serve under /authorization/api/v1."""
        app.router.add_post("/authorization/api/v1/decision", self._decide)

    async def _decide(self, request: web.Request) -> web.Response:
        asked = (await json_object(request)).get("request")
        if not isinstance(asked, dict):
            raise malformed("request is missing")
        try:
            entries = _by_id(asked)
            references = [item["referenceId"] for item in asked["multiRequests"]["requestReference"]]
            results = [_result([entries[name] for name in reference]) for reference in references]
        except (KeyError, TypeError, ValueError) as error:
            raise malformed(f"the multi-request cannot be read: {error!r}") from error
        return await self._gate.answer(
            request, "authorization.decision", lambda: web.json_response({"response": results})
        )


type _Entry = tuple[str, list[dict[str, Any]]]  # category of an entry and its attributes


def _by_id(asked: Mapping[str, Any]) -> dict[str, _Entry]:
    categories = {"accessSubject": _SUBJECT_CATEGORY, "action": "", "resource": _RESOURCE_CATEGORY}
    return {
        item["id"]: (category, item["attribute"])
        for name, category in categories.items()
        for item in asked[name]
    }


def _result(entries: list[_Entry]) -> dict[str, Any]:
    user = _value(entries, "urn:altinn:userid")
    party = _value(entries, "urn:altinn:partyid")
    _value(entries, "urn:oasis:names:tc:xacml:1.0:action:action-id")
    is_permitted = (user, party) in _PERMITTED and not _is_restricted(entries)
    return {
        "decision": "Permit" if is_permitted else "NotApplicable",
        "status": {"statusCode": {"value": "urn:oasis:names:tc:xacml:1.0:status:ok"}},
        "category": [
            {
                "categoryId": category,
                "attribute": [item for item in attributes if item.get("includeInResult") is True],
            }
            for category, attributes in entries
            if category
        ],
    }


def _is_restricted(entries: list[_Entry]) -> bool:
    return any(
        attribute["attributeId"] == "urn:altinn:resource" and str(attribute["value"]).startswith(_RESTRICTED)
        for _, attributes in entries
        for attribute in attributes
    )


def _value(entries: list[_Entry], attribute_id: str) -> str:
    for _, attributes in entries:
        for attribute in attributes:
            if attribute["attributeId"] == attribute_id:
                return str(attribute["value"])
    raise ValueError(f"no {attribute_id}")
