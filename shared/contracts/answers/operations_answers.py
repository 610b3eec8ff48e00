"""Answers for the operation of the service: its readiness, and its condition endpoint for tests."""

from collections.abc import Mapping
from typing import Literal, TypedDict

type Health = Literal["Healthy", "Unhealthy"]


class ReadinessAnswer(TypedDict):
    """Whether what the app depends on can be used: `checks` names each."""

    status: Health
    checks: dict[str, Health]


class SendConditionAnswer(TypedDict):
    """What a condition endpoint answers."""

    sendNotification: bool


def readiness(checks: Mapping[str, bool]) -> ReadinessAnswer:
    """Build the answer from the checks that were made and whether each passed."""
    return {
        "status": _health(passed=all(checks.values())),
        "checks": {name: _health(passed=passed) for name, passed in checks.items()},
    }


def _health(*, passed: bool) -> Health:
    return "Healthy" if passed else "Unhealthy"
