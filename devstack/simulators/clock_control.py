"""The part of the control API that moves the local cloud's time, and lets it stand still."""

from collections.abc import Iterable
from datetime import UTC, datetime

from aiohttp import web

from devstack.clock import ClockFile
from devstack.simulators.control_requests import InvalidRequestError, json_body


class ClockControl:
    """`GET /clock`, and `POST /clock` with one of `advanceSeconds`, `set`, `reset`, `freeze`, `run`."""

    def __init__(self, clock: ClockFile) -> None:
        self._clock = clock

    def routes(self) -> Iterable[web.RouteDef]:
        """Return what the control application serves."""
        return web.get("/clock", self._read), web.post("/clock", self._move)

    async def _read(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {
                "offsetSeconds": self._clock.offset(),
                "now": self._clock.now().isoformat(),
                "frozen": self._clock.is_frozen(),
            }
        )

    async def _move(self, request: web.Request) -> web.Response:
        match await json_body(request):
            case {"advanceSeconds": int() | float() as seconds}:
                self._clock.set_offset(self._clock.offset() + seconds)
            case {"set": str() as instant}:
                self._clock.set_offset((_instant(instant) - datetime.now(UTC)).total_seconds())
            case {"reset": True}:
                self._clock.run()
                self._clock.set_offset(0.0)
            case {"freeze": True}:
                self._clock.freeze()
            case {"run": True}:
                self._clock.run()
            case _:
                raise InvalidRequestError(
                    "expected advanceSeconds (number), set (ISO instant), reset: true, freeze: true"
                    " or run: true"
                )
        return await self._read(request)


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidRequestError("set is an ISO 8601 instant") from error
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
