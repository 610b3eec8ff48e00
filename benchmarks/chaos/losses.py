"""Collects what was lost, from those who lost it: the simulated providers, a wiped queue, a killed worker."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from benchmarks.chaos.evidence import Losses

REPORTS_QUEUE = "delivery-reports"
WIPED = "report in a wiped queue"
WIPED_OUTCOME = "answer in a wiped queue"
KILLED = "answer with a killed worker"
_DELIVERED = "Delivered"
_ANSWERS = {"answer lost": "answer lost by the gateway"}
_BEGINS, _AGAIN = "attempt", "forwarded"
_ENDS = frozenset({"inDoubt", "putOff", "throttled", "answered", "reported"})
_JUMPS_BACK = timedelta(minutes=2)
_REPORTS = {
    "report dropped": "report dropped by a fault rule",
    "report garbled": "report garbled by a fault rule",
    "report given up": "report given up by the gateway",
}


def asked_without_token(
    shipment: Mapping[str, Any] | None, away: Iterable[tuple[datetime, datetime]]
) -> bool:
    """Whether the question about a shipment failed for want of a token, within one of the times given."""
    asked = (shipment or {}).get("sendCondition") or {}
    if asked.get("reason") != "no token":
        return False
    at = datetime.fromisoformat(asked["lastAsked"])
    return any(began <= at <= ended for began, ended in away)


def cut_off_calls(trace: Mapping[str, Any] | None, kills: Iterable[datetime]) -> int:
    """Return how many calls of a shipment, by its trace, have no end because a worker was killed.

    A call ends with an event of its own. One that has none until the work is handed over again, or the next
    call begins, was cut off if a worker was killed in between. All times are those of the clock of orders,
    which may jump back a little meanwhile.
    """
    events = [
        event for event in (trace or {}).get("events", ()) if event["type"] in {_BEGINS, _AGAIN, *_ENDS}
    ]
    count = 0
    for number, event in enumerate(events):
        following = events[number + 1] if number + 1 < len(events) else None
        if event["type"] != _BEGINS or (following is not None and following["type"] in _ENDS):
            continue
        began = datetime.fromisoformat(event["at"])
        until = datetime.max.replace(tzinfo=began.tzinfo)
        if following is not None:
            until = datetime.fromisoformat(following["at"]) + _JUMPS_BACK
        count += any(began - _JUMPS_BACK <= killed <= until for killed in kills)
    return count


class LossBook:
    """Everything that was lost so far; a message's first loss counts."""

    def __init__(self) -> None:
        self._answers: dict[str, str] = {}
        self._reports: dict[str, str] = {}
        self._cut_off: Counter[str] = Counter()

    def killed(self, references: Iterable[str], held: Iterable[str]) -> None:
        """Note the SMS whose answer a killed worker had not written down, and what it was at work on besides.

        `references` are the gateway's, `held` are keys of shipments.
        """
        for reference in references:
            self._answers.setdefault(reference, KILLED)
        self._cut_off.update(set(held))

    def wiped(self, messages: Mapping[str, Sequence[Mapping[str, Any]]]) -> int:
        """Note what was in the wiped queues, dead letters included; return how many reports there were."""
        count = 0
        for queue, lost in messages.items():
            if queue.partition("/")[0] != REPORTS_QUEUE:
                continue  # what the agenda brings again
            for message in lost:
                for is_answer, message_id in _told_by(message["body"]):
                    book = self._answers if is_answer else self._reports
                    book.setdefault(message_id, WIPED_OUTCOME if is_answer else WIPED)
                    count += not is_answer
        return count

    def losses(self, notes: Iterable[Mapping[str, Any]]) -> Losses:
        """Return all losses together with those that the simulators noted."""
        answers, reports = dict(self._answers), dict(self._reports)
        failed: Counter[str] = Counter()
        questions: set[str] = set()
        for note in notes:
            mishap, ids = note["mishap"], note["ids"]
            if mishap in _ANSWERS and note["target"] == "sms.submit":
                answers |= dict.fromkeys(ids, _ANSWERS[mishap])
            elif mishap in _REPORTS:
                reports |= dict.fromkeys(ids, _REPORTS[mishap])
            elif note["target"] == "sms.submit":
                failed.update(ids)
            elif note["target"].startswith("condition."):
                questions.update(mark for path in ids for mark in parse_qs(urlsplit(path).query)["order"])
        return Losses(answers, reports, failed, self._cut_off, frozenset(questions))


def _told_by(body: Any) -> Iterator[tuple[bool, str]]:
    """Yield what a message of the reports queue tells: whether it is an answer, and of which message.

    What cannot be read tells nothing; then nothing explains the message that it was about.
    """
    try:
        documents = json.loads(body)
    except (TypeError, ValueError):
        return
    for document in documents if isinstance(documents, list) else [documents]:
        match document:
            case {"kind": "sms", "reference": str() as reference}:
                yield False, reference
            case {"kind": "outcome", "reference": str() as reference, "result": result}:
                yield True, reference
                if result == _DELIVERED:  # the report had been there before the answer
                    yield False, reference
            case {"data": {"messageId": str() as message_id}}:
                yield False, message_id
            case _:
                pass
