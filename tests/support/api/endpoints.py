"""Every endpoint of the public API that asks for a credential: who may call it, with what, and what then."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import requests

from tests.support.api import bodies
from tests.support.api.bodies import Json
from tests.support.scenarios.owner import API, CALL_SECONDS, Owner, personal

CREATE = "altinn:serviceowner/notifications.create"
COMPOSED = "altinn:serviceowner/notifications.composedemail.create"
SUPPORT = "altinn:notifications.support.admin"
UNKNOWN = "5235b95c-e9b6-4ef0-8a67-372301000000"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one path below the base path of the API; `{id}` stands for an order, shipment or message.

    `parameter` is the name under which the endpoint reports an unreadable body; endpoints without one take
    none. `query` and `headers` are what it cannot do without. A caller with one of
    `other_scopes` may call it too.
    """

    method: str
    path: str
    scope: str = CREATE
    body: Callable[[], Json] | None = None
    parameter: str = ""
    success: int = 200
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    needs_organization: bool = True
    other_scopes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """How tests call it."""
        return f"{self.method} {self.path}"

    def at(self, item: str = UNKNOWN) -> str:
        """Return the path to one item."""
        return self.path.replace("{queue}", "orders").replace("{id}", item)

    def ask(self, owner: Owner, *, token: str | None = None, of: str = UNKNOWN, **request: Any) -> Any:
        """Call it, with what it needs unless `request` has that; `token` None takes one that suffices."""
        if token is None:
            token = (
                owner.token
                if self.scope == CREATE
                else personal(owner.cloud.token(org=owner.org, scope=self.scope))
            )
        headers = dict(self.headers) | ({"Authorization": f"Bearer {token}"} if token else {})
        headers |= request.pop("headers", {})
        if self.body is not None and not {"json", "data"} & set(request):
            request["json"] = self.body()
        request.setdefault("params", self.query)
        url = f"{owner.cloud.api}{API}{self.at(of)}"
        return requests.request(self.method, url, headers=headers, timeout=CALL_SECONDS, **request)


_ORDER = "notificationOrderRequest"
_PERSON = (("NationalIdentityNumber", "17912099997"),)
_ORGANIZATION = (("OrganizationNumber", "310000019"),)
_DASHBOARD = "/future/dashboard/recipients/notifications"

V1_CREATES = (
    Endpoint("POST", "/orders", body=bodies.v1_order, parameter=_ORDER, success=202),
    Endpoint(
        "POST", "/orders/email", body=bodies.v1_email, parameter="emailNotificationOrderRequest", success=202
    ),
    Endpoint("POST", "/orders/sms", body=bodies.v1_sms, parameter="smsNotificationOrderRequest", success=202),
)
V2_CREATES = (
    Endpoint("POST", "/future/orders", body=bodies.chain, parameter=_ORDER, success=201),
    Endpoint("POST", "/future/orders/instant/sms", body=bodies.instant_sms, parameter="request", success=201),
    Endpoint(
        "POST", "/future/orders/instant/email", body=bodies.instant_email, parameter="request", success=201
    ),
    Endpoint(
        "POST", "/future/orders/instant", body=bodies.deprecated_instant, parameter="request", success=201
    ),
    Endpoint(
        "POST",
        "/future/orders/composed-email",
        COMPOSED,
        bodies.composed,
        parameter="orderRequest",
        success=201,
    ),
)
CREATES = V1_CREATES + V2_CREATES
PREVIEWS = tuple(replace(each, path=f"{each.path}/preview", success=200) for each in CREATES)
V1_BY_ID = (
    Endpoint("GET", "/orders/{id}"),
    Endpoint("GET", "/orders/{id}/status"),
    Endpoint("GET", "/orders/{id}/notifications/email"),
    Endpoint("GET", "/orders/{id}/notifications/sms"),
    Endpoint("PUT", "/orders/{id}/cancel"),
)
CANCEL_CHAIN = Endpoint("PUT", "/future/orders/{id}/cancel")
SHIPMENT = Endpoint("GET", "/future/shipment/{id}")
TRACE = Endpoint("GET", "/future/shipment/{id}/trace", other_scopes=(SUPPORT,))
FEED = Endpoint("GET", "/future/shipment/feed")
LIST = Endpoint("GET", "/orders", query="sendersReference=sak-1")
LOG = Endpoint("GET", "/future/log", query=f"dialogId={UNKNOWN}", other_scopes=(SUPPORT,))
DASHBOARDS = (
    Endpoint("GET", f"{_DASHBOARD}/nin", SUPPORT, headers=_PERSON, needs_organization=False),
    Endpoint("GET", f"{_DASHBOARD}/orgnumber", SUPPORT, headers=_ORGANIZATION, needs_organization=False),
)
BY_EMAIL = Endpoint(
    "GET",
    f"{_DASHBOARD}/email",
    SUPPORT,
    headers=(("EmailAddress", "nobody@example.no"),),
    needs_organization=False,
)
DEAD_LETTERS = Endpoint("GET", "/future/dashboard/dead-letters", SUPPORT, needs_organization=False)
REPLAY = Endpoint(
    "POST",
    "/future/dashboard/dead-letters/{queue}/{id}/replay",
    SUPPORT,
    success=202,
    needs_organization=False,
)
_WEBHOOK = "/future/webhooks/{id}"
NEW_WEBHOOK = Endpoint("POST", "/future/webhooks", body=bodies.webhook, parameter="request", success=201)
WEBHOOKS = (
    NEW_WEBHOOK,
    Endpoint("GET", "/future/webhooks"),
    Endpoint("GET", _WEBHOOK),
    Endpoint("PUT", _WEBHOOK, body=bodies.webhook, parameter="request"),
    Endpoint("POST", f"{_WEBHOOK}/pause"),
    Endpoint("POST", f"{_WEBHOOK}/resume"),
    Endpoint("POST", f"{_WEBHOOK}/replay", body=bodies.webhook_replay, parameter="request"),
    Endpoint("POST", f"{_WEBHOOK}/rotate-secret"),
    Endpoint("POST", f"{_WEBHOOK}/test"),
    Endpoint("DELETE", _WEBHOOK, success=204),
)
ENDPOINTS = (
    *CREATES,
    *PREVIEWS,
    *V1_BY_ID,
    LIST,
    CANCEL_CHAIN,
    SHIPMENT,
    TRACE,
    FEED,
    LOG,
    *WEBHOOKS,
    *DASHBOARDS,
    BY_EMAIL,
    DEAD_LETTERS,
    REPLAY,
)


def names(endpoints: tuple[Endpoint, ...]) -> list[str]:
    """Return what tests of these endpoints are called."""
    return [endpoint.name for endpoint in endpoints]
