"""Answers requests below `/notifications/` that no other function serves, without a body.

Another method of a known path gets 405 with `Allow`, an unknown path 404. The Functions host alone would
answer 404 to both. If several functions fit a request, the host calls the first by name; so this function
has the last name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import azure.functions as func
from azure.functions.decorators.http import HttpTrigger

from shared.contracts.answers import problems

_BASE = "notifications"


@dataclass(frozen=True, slots=True)
class _Route:
    """A path of another function, in lower case; a segment in braces stands for any text but none."""

    segments: tuple[str, ...]
    methods: frozenset[str]

    def fits(self, path: Sequence[str]) -> bool:
        """Whether the path has this form; constraints on segments in braces are not checked."""
        return len(path) == len(self.segments) and all(
            given == wanted or (given and wanted.startswith("{"))
            for given, wanted in zip(path, self.segments, strict=True)
        )


def blueprint_beside(served: Sequence[func.Blueprint]) -> func.Blueprint:
    """Return the function that answers all requests that the blueprints `served` do not."""
    bp = func.Blueprint()

    @cache
    def routes() -> tuple[_Route, ...]:
        return tuple(_routes(served))

    @bp.route(f"{_BASE}/{{*path}}", auth_level=func.AuthLevel.ANONYMOUS)
    async def z_other_requests(req: func.HttpRequest) -> func.HttpResponse:
        path = req.route_params.get("path", "").removesuffix("/").lower().split("/")
        known = [route.methods for route in routes() if route.fits((_BASE, *path))]
        return _refusal(req.method, frozenset().union(*known))

    return bp


def _refusal(method: str, allowed: frozenset[str]) -> func.HttpResponse:
    # A known path with an allowed method comes here if its id does not fit the route: 404.
    wrong_method = bool(allowed) and method not in allowed
    refused = problems.empty_answer(405 if wrong_method else 404)
    allow = {"Allow": ", ".join(sorted(allowed))} if wrong_method else {}
    return func.HttpResponse(refused.body, status_code=refused.status, headers=refused.headers | allow)


def _routes(blueprints: Sequence[func.Blueprint]) -> list[_Route]:
    # The library lists only the functions of an app, and those of one app only once.
    listing = func.FunctionApp()
    for blueprint in blueprints:
        listing.register_functions(blueprint)
    triggers = (function.get_trigger() for function in listing.get_functions())
    return [
        _Route(tuple(trigger.route.lower().split("/")), frozenset(map(str, trigger.methods)))
        for trigger in triggers
        if isinstance(trigger, HttpTrigger) and trigger.route and trigger.methods
    ]
