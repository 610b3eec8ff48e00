"""Route templates as Azure's host reads them: `orders/{id}`, `{id:guid}`, `{id?}`, `{*rest}`.

When the routes of several functions fit a request, the first function by name serves it:
https://github.com/Azure/azure-functions-host/issues/9876.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from devstack.host.errors import BindingError
from devstack.host.http.constraints import Constraint, constraint

_PARAMETER = re.compile(r"\{(\*{0,2})(\w+)((?::[^{}]*?(?:\([^{}]*\))?)*)(\??)\}")


@dataclass(frozen=True, slots=True)
class RouteTarget:
    """The function a route leads to; no methods means every method."""

    function: str
    parameter: str
    methods: frozenset[str]

    def accepts(self, method: str) -> bool:
        """Whether the function answers this method (upper case)."""
        return not self.methods or method in self.methods


@dataclass(frozen=True, slots=True)
class RouteMatch:
    """A function and the values of the route's parameters that were present."""

    target: RouteTarget
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Route:
    target: RouteTarget
    pattern: re.Pattern[str]
    names: tuple[str, ...]
    constraints: tuple[tuple[str, Constraint], ...]

    def values(self, path: str) -> Mapping[str, str] | None:
        match = self.pattern.fullmatch(path)
        if match is None:
            return None
        values = {
            name: value for name, value in zip(self.names, match.groups(), strict=True) if value is not None
        }
        fits = all(check(values[name]) for name, check in self.constraints if name in values)
        return values if fits else None


class RouteTable:
    """Finds the function that serves a request."""

    def __init__(self, routes: Iterable[tuple[str, RouteTarget]], prefix: str) -> None:
        """Compile templates, all below `prefix` (may be empty); raises BindingError for unreadable ones."""
        compiled = [_compile(f"{prefix}/{template}".strip("/"), target) for template, target in routes]
        # .NET compares names without regard to case by their upper case letters, so `_` comes after them.
        self._routes = sorted(compiled, key=lambda route: route.target.function.upper())

    def find(self, method: str, path: str) -> RouteMatch | None:
        """Return the function for a decoded path; None when no route fits the path and the method."""
        for route in self._routes:
            if route.target.accepts(method) and (values := route.values(path)) is not None:
                return RouteMatch(route.target, values)
        return None


def _compile(template: str, target: RouteTarget) -> _Route:
    """Compile a template. No segment is empty, except after the first of a catch-all parameter."""
    pattern = ""
    names: list[str] = []
    constraints: list[tuple[str, Constraint]] = []
    for segment in template.split("/") if template else ():
        parameter = _PARAMETER.fullmatch(segment)
        if parameter is None:
            if "{" in segment or "}" in segment:
                raise BindingError(
                    f"{target.function}: cannot read the segment {segment!r} of route {template!r}"
                )
            pattern += "/" + re.escape(segment)
            continue
        stars, name, checks, optional = parameter.groups()
        names.append(name)
        constraints += ((name, _constraint(check, target, template)) for check in checks.split(":")[1:])
        if stars:
            pattern += "(?:/([^/].*))?"
        else:
            pattern += "(?:/([^/]+))?" if optional else "/([^/]+)"
    flags = re.IGNORECASE | re.DOTALL | re.ASCII
    return _Route(target, re.compile(pattern + "/?", flags), tuple(names), tuple(constraints))


def _constraint(text: str, target: RouteTarget, template: str) -> Constraint:
    try:
        return constraint(text)
    except (ValueError, TypeError):
        raise BindingError(f"{target.function}: unknown constraint {text!r} in route {template!r}") from None
