"""The part of the control API that shows receivers of webhooks and tells them their secrets."""

from collections.abc import Iterable

from aiohttp import web

from devstack.simulators.control_requests import InvalidRequestError, json_object
from devstack.simulators.webhooks.receivers import Receivers


class WebhooksControl:
    """`GET /webhooks`, `PUT` and `DELETE /webhooks/{name}`, `GET /webhooks/{name}/numbers`."""

    def __init__(self, receivers: Receivers) -> None:
        self._receivers = receivers

    def routes(self) -> Iterable[web.RouteDef]:
        """Return what the control application serves."""
        return (
            web.get("/webhooks", self._show),
            web.put("/webhooks/{name}", self._give),
            web.delete("/webhooks/{name}", self._forget),
            web.get("/webhooks/{name}/numbers", self._show_numbers),
        )

    async def _show(self, _request: web.Request) -> web.Response:
        return web.json_response(self._receivers.to_json())

    async def _give(self, request: web.Request) -> web.Response:
        secrets = (await json_object(request)).get("secrets")
        if not isinstance(secrets, list) or not all(isinstance(secret, str) for secret in secrets):
            raise InvalidRequestError("secrets is an array of texts")
        self._receivers.give(request.match_info["name"], secrets)
        return web.Response(status=204)

    async def _forget(self, request: web.Request) -> web.Response:
        self._receivers.forget(request.match_info["name"])
        return web.Response(status=204)

    async def _show_numbers(self, request: web.Request) -> web.Response:
        return web.json_response({"numbers": self._receivers.of(request.match_info["name"]).numbers})
