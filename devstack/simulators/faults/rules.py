"""Fault rules: which request or report goes wrong, how, and how many times.

A rule names a target such as `acs.send`, `sms.report` or `profile.*`, optionally a shell-style pattern for
the recipient (`to`), and an action. The oldest rule that applies is used, and counted down by one.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

_DEFAULT_STATUS = 503
_WILDCARDS = frozenset("*?[")
_REPORT_TARGETS = frozenset({"acs.report", "sms.report"})
_REQUEST_TARGETS = (
    "acs.send",
    "acs.status",
    "sms.submit",
    "issuer.",
    "vault.",
    "profile.",
    "register.",
    "authorization.",
    "resourceregistry.",
    "maskinporten.",
    "condition.",
    "webhook.",
    "blob.",
)


class Action(StrEnum):
    """What a fault rule does."""

    STATUS = "status"  # answer with an HTTP status and do nothing
    TIMEOUT = "timeout"  # never answer, do nothing
    DISCONNECT = "disconnect"  # drop the connection, do nothing
    AFTER = "after"  # carry out the request, then lose the answer (or answer with `status`)
    DELAY = "delay"  # wait, then go on as usual
    DROP = "drop"  # never send the report
    DUPLICATE = "duplicate"  # send the report twice
    OUTCOME = "outcome"  # the report says `detail` instead: Bounced, Failed; UNDELIV, EXPIRED
    MALFORMED = "malformed"  # carry out the request, answer (or report) with something unreadable
    LOGON_FAILED = "logon-failed"  # the SMS gateway refuses our account
    REFUSE = "refuse"  # the provider refuses the message; `detail` is its reason
    UNREACHABLE = "unreachable"  # the port of the provider is closed as long as the rule is in force


_REPORT_ACTIONS = frozenset({Action.DELAY, Action.DROP, Action.DUPLICATE, Action.MALFORMED, Action.OUTCOME})
_REQUEST_ACTIONS = frozenset(
    (Action.STATUS, Action.TIMEOUT, Action.DISCONNECT, Action.AFTER, Action.DELAY, Action.MALFORMED)
)
_PROVIDER_ACTIONS: Mapping[str, frozenset[Action]] = {
    "acs.send": _REQUEST_ACTIONS | {Action.REFUSE, Action.UNREACHABLE},
    "acs.status": _REQUEST_ACTIONS | {Action.REFUSE},
    "sms.submit": _REQUEST_ACTIONS | {Action.REFUSE, Action.LOGON_FAILED, Action.UNREACHABLE},
}


class InvalidRuleError(ValueError):
    """A fault rule that makes no sense; the text says why."""


@dataclass(frozen=True, slots=True)
class FaultRule:
    """One rule. `times` is how often it still applies, None for ever; delays are seconds."""

    id: str
    target: str
    action: Action
    match: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None
    retry_after: str | None = None
    delay_seconds: float | None = None
    times: int | None = None
    detail: str | None = None

    @classmethod
    def parse(cls, document: object) -> "FaultRule":
        """Build a rule from its JSON form; InvalidRuleError when it makes no sense."""
        if not isinstance(document, dict):
            raise InvalidRuleError("a rule is a JSON object")
        target = str(document.get("target", ""))
        try:
            action = Action(document.get("action", ""))
            rule = cls(
                id=str(document.get("id") or uuid.uuid4().hex[:12]),
                target=target,
                action=action,
                match={str(key): str(value) for key, value in (document.get("match") or {}).items()},
                status=_optional_int(document, "status"),
                retry_after=_optional_text(document, "retryAfter"),
                delay_seconds=_optional_float(document, "delaySeconds"),
                times=_optional_int(document, "times"),
                detail=_optional_text(document, "detail"),
            )
        except (AttributeError, TypeError, ValueError) as error:
            raise InvalidRuleError(f"unusable rule: {error}") from error
        rule.check()
        return rule

    def check(self) -> None:
        """Raise InvalidRuleError when the target is unknown or cannot do the action."""
        if self.target in _REPORT_TARGETS:
            allowed = _REPORT_ACTIONS
        elif self.target.startswith(_REQUEST_TARGETS):
            allowed = _PROVIDER_ACTIONS.get(self.target, _REQUEST_ACTIONS)
        else:
            raise InvalidRuleError(f"unknown target {self.target!r}")
        if self.action not in allowed:
            raise InvalidRuleError(f"{self.target} cannot {self.action}; it can {', '.join(sorted(allowed))}")
        if self.times is not None and self.times < 1:
            raise InvalidRuleError("times is at least 1, or null for ever")
        if self.action is Action.UNREACHABLE and (self.times is not None or self.match):
            raise InvalidRuleError("a provider is unreachable for everybody, until the rule is lifted")
        if self.status is not None and not 200 <= self.status <= 599:
            raise InvalidRuleError("status is an HTTP status from 200 to 599")

    @property
    def answer_status(self) -> int:
        """Status of the answer; 503 when the rule has none."""
        return self.status or _DEFAULT_STATUS

    @property
    def only_recipient(self) -> str | None:
        """The one recipient that the rule is for; None when it may be for several."""
        to = self.match.get("to")
        return to if to is not None and _WILDCARDS.isdisjoint(to) else None

    @property
    def hides_failure(self) -> bool:
        """Whether the caller cannot know that nothing was done."""
        return self.action in (Action.TIMEOUT, Action.DISCONNECT) or (
            self.action is Action.STATUS and self.answer_status >= 500
        )

    @property
    def hides_answer(self) -> bool:
        """Whether the request is carried out without an answer that says so."""
        return self.action in (Action.AFTER, Action.MALFORMED)

    def applies(self, target: str, facts: Mapping[str, Sequence[str]]) -> bool:
        """Whether the rule is for this request: the target and every match pattern fit."""
        return fnmatchcase(target, self.target) and all(
            any(fnmatchcase(value, pattern) for value in facts.get(name, ()))
            for name, pattern in self.match.items()
        )

    def to_json(self) -> dict[str, Any]:
        """Return the rule as the control API shows it, without what is not set; `times` is what is left."""
        optional = {
            "match": dict(self.match) or None,
            "status": self.status,
            "retryAfter": self.retry_after,
            "delaySeconds": self.delay_seconds,
            "detail": self.detail,
        }
        return {
            "id": self.id,
            "target": self.target,
            "action": self.action.value,
            "times": self.times,
            **{name: value for name, value in optional.items() if value is not None},
        }


def _optional_text(document: Mapping[str, Any], name: str) -> str | None:
    value = document.get(name)
    return None if value is None else str(value)


def _optional_int(document: Mapping[str, Any], name: str) -> int | None:
    value = document.get(name)
    return None if value is None else int(value)


def _optional_float(document: Mapping[str, Any], name: str) -> float | None:
    value = document.get(name)
    return None if value is None else float(value)
