"""Finds routes that Azure's host would give to another function than the one they are meant for.

The host calls the first function by name that fits a request, however literal the routes of the others are.
Optional parameters are not understood.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from devstack.host.http.constraints import constraint


@dataclass(frozen=True, slots=True)
class Route:
    """The route of a function; `methods` is empty when it takes every method."""

    function: str
    path: str
    methods: frozenset[str]

    @property
    def segments(self) -> Sequence[str]:
        """The parts of the path, in lower case."""
        return self.path.lower().split("/")

    @property
    def precision(self) -> list[int]:
        """How well each segment says what it is for: text first, then a constraint, any text, any rest."""
        return [_looseness(segment) for segment in self.segments]

    def shares_method_with(self, other: "Route") -> bool:
        """Tell whether both serve a method."""
        return not self.methods or not other.methods or bool(self.methods & other.methods)

    def shares_path_with(self, other: "Route") -> bool:
        """Tell whether there is a path that fits both."""
        for mine, theirs in zip(self.segments, other.segments, strict=False):
            if "{*" in (mine[:2], theirs[:2]):
                return True
            if not _meet(mine, theirs):
                return False
        longer = max(self.segments, other.segments, key=len)
        shorter = min(len(self.segments), len(other.segments))
        return len(longer) == shorter or longer[shorter].startswith("{*")


def taken_by_others(routes: Iterable[Route]) -> list[str]:
    """Return a line for each route of which requests go to a function that is named before its own."""
    ordered = sorted(routes, key=lambda route: route.function.upper())
    return [
        f"{later.path} of {later.function} is answered by {first.function} ({first.path})"
        for first, later in combinations(ordered, 2)
        if first.shares_method_with(later)
        and first.shares_path_with(later)
        and first.precision >= later.precision
    ]


def _looseness(segment: str) -> int:
    if not segment.startswith("{"):
        return 0
    if segment.startswith("{*"):
        return 3
    return 1 if ":" in segment else 2


def _meet(first: str, second: str) -> bool:
    """Tell whether one text may fit both segments; two constraints are taken to allow one."""
    text, other = sorted((first, second), key=_looseness)
    if text.startswith("{"):
        return True
    if not other.startswith("{"):
        return text == other
    return all(constraint(check)(text) for check in other.strip("{}").split(":")[1:])
