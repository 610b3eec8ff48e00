"""Send-condition endpoints as senders run them, good and bad ones.

`GET /conditions/KIND` answers as its kind says:

| Kind | Answer |
|---|---|
| `true` `false` | the two good ones |
| `latin` `case` | `false` in ISO-8859-1 without a charset; `true` with the name in other case |
| `string` `null` `missing` `text` `empty` | 200 with a body without an answer |
| `error` `unavailable` `notfound` `unauthorized` `teapot` | 500, 503, 404, 401, 418 |
| `redirect` `large` | 302 to `true`; 8 MB of blanks |
| `slow?seconds=30` | `true`, after a wait |
| `protected` | `true` for a Maskinporten token with the condition scope, else 401 |
| `sequence?answers=error,true` | the kinds named, one per call, then the last; counted by whole URL |
| `flaky` | `sequence?answers=error,true` |
"""

import asyncio
from collections import Counter

from aiohttp import web

from devstack.simulators.altinn.json_request import malformed
from devstack.simulators.faults.gate import Gate
from devstack.simulators.tokens.maskinporten import Maskinporten

_MAX_SLOW_SECONDS = 300.0
_LARGE_BYTES = 8 * 1024 * 1024
_BODIES = {
    "true": '{"sendNotification": true}',
    "false": '{"sendNotification": false}',
    "string": '{"sendNotification": "true"}',
    "empty": "",
    "missing": '{"other": true}',
    "null": '{"sendNotification": null}',
    "case": '{"SendNotification": true}',
    "text": "yes, please",
}
_STATUSES = {"error": 500, "unavailable": 503, "notfound": 404, "unauthorized": 401, "teapot": 418}


class Conditions:
    """The endpoints; the target of counts and fault rules is `condition.KIND`."""

    def __init__(self, gate: Gate, maskinporten: Maskinporten) -> None:
        self._gate = gate
        self._maskinporten = maskinporten
        self._asked: Counter[str] = Counter()

    def add_routes(self, app: web.Application) -> None:
        """Serve under /conditions."""
        app.router.add_get("/conditions/{kind}", self._ask)

    async def _ask(self, request: web.Request) -> web.Response:
        kind = request.match_info["kind"]
        answer = await self._answer(request, kind)
        return await self._gate.answer(request, f"condition.{kind}", lambda: answer, to=[request.path_qs])

    async def _answer(self, request: web.Request, kind: str) -> web.Response:
        match kind:
            case "slow":
                await asyncio.sleep(min(_number(request, "seconds", 30.0), _MAX_SLOW_SECONDS))
                return _plain("true")
            case "protected":
                problem = await self._maskinporten.problem_with(request.headers.get("Authorization", ""))
                return _plain("true") if problem is None else web.Response(status=401, text=problem)
            case "flaky":
                return _plain(self._next(request, ["error", "true"]))
            case "sequence":
                return _plain(self._next(request, request.query.get("answers", "true").split(",")))
            case _:
                return _plain(kind)

    def _next(self, request: web.Request, kinds: list[str]) -> str:
        asked = self._asked[request.path_qs]
        self._asked[request.path_qs] += 1
        return kinds[min(asked, len(kinds) - 1)]


def _plain(kind: str) -> web.Response:
    if (body := _BODIES.get(kind)) is not None:
        return web.Response(text=body, content_type="application/json")
    if (status := _STATUSES.get(kind)) is not None:
        return web.Response(status=status, text=f"simulated {kind}")
    if kind == "latin":
        latin = '{"note": "blåbær", "sendNotification": false}'.encode("iso-8859-1")
        return web.Response(body=latin, content_type="application/json")
    if kind == "redirect":
        return web.Response(status=302, headers={"Location": "/conditions/true"})
    if kind == "large":
        return web.Response(body=b" " * _LARGE_BYTES, content_type="application/json")
    return web.Response(status=404, text="no such kind of condition")


def _number(request: web.Request, name: str, default: float) -> float:
    try:
        return float(request.query.get(name, default))
    except ValueError as error:
        raise malformed(f"{name} is not a number") from error
