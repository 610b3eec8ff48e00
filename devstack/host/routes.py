"""Route templates as ASP.NET Core reads them: `orders/{id}`, `{id:guid}`, `{id?}`, `{*rest}`.

Literals match without regard to case, and of several matching templates the more literal one wins.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from devstack.host.errors import BindingError

_PARAMETER = re.compile(r"\{(\*{0,2})(\w+)((?::[^{}]*?(?:\([^{}]*\))?)*)(\??)\}")
_ENCODED_SLASH = re.compile(r"(%2f)", re.IGNORECASE)
_GUID = r"[({]?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}[)}]?|[0-9a-f]{32}"
_CONSTRAINTS = {
    "guid": _GUID,
    "int": r"[+-]?\d{1,10}",
    "long": r"[+-]?\d{1,19}",
    "bool": "true|false",
    "alpha": "[a-z]*",
}
# The order in which ASP.NET Core prefers a segment; compared segment by segment.
_LITERAL, _CONSTRAINED, _FREE, _CATCH_ALL = range(4)


@dataclass(frozen=True, slots=True)
class RouteTarget:
    """The function a route leads to; no methods means every method."""

    function: str
    parameter: str
    methods: frozenset[str]

    def accepts(self, method: str) -> bool:
        """Tell whether the function answers this method (upper case)."""
        return not self.methods or method in self.methods


@dataclass(frozen=True, slots=True)
class RouteMatch:
    """A function and the route values, percent-decoded, of the parameters that were present."""

    target: RouteTarget
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MethodMismatch:
    """The path is known, the method is not; lists the methods that are."""

    allowed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Route:
    target: RouteTarget
    pattern: re.Pattern[str]
    names: tuple[str, ...]
    precedence: tuple[int, ...]


class RouteTable:
    """Finds the function that serves a request."""

    def __init__(self, routes: Iterable[tuple[str, RouteTarget]], prefix: str) -> None:
        """Compile templates, all below `prefix` (may be empty); raises BindingError for unreadable ones."""
        compiled = [_compile(f"{prefix}/{template}".strip("/"), target) for template, target in routes]
        self._routes = sorted(compiled, key=lambda route: route.precedence)

    def find(self, method: str, raw_path: str) -> RouteMatch | MethodMismatch | None:
        """Return the function for a percent-encoded path without query; None when no template fits."""
        path = _decoded(raw_path)
        allowed: set[str] = set()
        for route in self._routes:
            match = route.pattern.fullmatch(path)
            if match is None:
                continue
            if route.target.accepts(method):
                values = zip(route.names, match.groups(), strict=True)
                return RouteMatch(route.target, {name: value for name, value in values if value})
            allowed |= route.target.methods
        return MethodMismatch(tuple(sorted(allowed))) if allowed else None


def _decoded(raw_path: str) -> str:
    """Decode a path but keep encoded slashes, which do not separate segments; drop the outer slashes."""
    path = raw_path.removeprefix("/").removesuffix("/")
    if "%" not in path:
        return path
    return "".join(
        part if _ENCODED_SLASH.fullmatch(part) else unquote(part) for part in _ENCODED_SLASH.split(path)
    )


def _compile(template: str, target: RouteTarget) -> _Route:
    pattern, names, precedence = "", [], []
    for position, segment in enumerate(template.split("/") if template else ()):
        slash = "/" if position else ""
        parameter = _PARAMETER.fullmatch(segment)
        if parameter is None:
            if "{" in segment or "}" in segment:
                raise BindingError(
                    f"{target.function}: cannot read the segment {segment!r} of route {template!r}"
                )
            pattern += slash + re.escape(segment)
            precedence.append(_LITERAL)
            continue
        stars, name, constraints, optional = parameter.groups()
        names.append(name)
        if stars:
            pattern += rf"(?:{slash}(.*))?"
            precedence.append(_CATCH_ALL)
            continue
        value = f"({_constraint(constraints, target, template)})"
        pattern += f"(?:{slash}{value})?" if optional else f"{slash}{value}"
        precedence.append(_CONSTRAINED if constraints else _FREE)
    flags = re.IGNORECASE | re.DOTALL | re.ASCII
    return _Route(target, re.compile(pattern, flags), tuple(names), tuple(precedence))


def _constraint(constraints: str, target: RouteTarget, template: str) -> str:
    """Return a pattern for one path segment; every constraint becomes a look-ahead."""
    pattern = "[^/]+"
    for constraint in filter(None, constraints.split(":")):
        name, _, arguments = constraint.removesuffix(")").partition("(")
        try:
            body = _CONSTRAINTS[name] if not arguments else _length(name, arguments)
        except (KeyError, ValueError):
            raise BindingError(
                f"{target.function}: unknown constraint {constraint!r} in route {template!r}"
            ) from None
        pattern = rf"(?=(?:{body})(?:/|\Z)){pattern}"
    return pattern


def _length(name: str, arguments: str) -> str:
    bounds = ",".join(str(int(number)) for number in arguments.split(","))
    match name:
        case "length":
            return f"[^/]{{{bounds}}}"
        case "minlength":
            return f"[^/]{{{int(bounds)},}}"
        case "maxlength":
            return f"[^/]{{1,{int(bounds)}}}"
        case _:
            raise KeyError(name)
