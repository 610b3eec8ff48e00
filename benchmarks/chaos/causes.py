"""Why a message was not delivered: the one cause of each, from what was lost of that very message."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.chaos.evidence import Ending, Entry, Evidence, Losses, Message, shipment_key

TWO_CALLS_FAILED = "two calls in doubt that sent nothing"
_DELIVERED = "_Delivered"
_EXPIRED = "_Failed_TTL"
_IN_DOUBT = "SMS_Failed"  # how an SMS may be closed when two of its calls stayed in doubt
_CALLS_IN_DOUBT = 2

type Key = tuple[str, str]
"""The mark of a message and its recipient."""


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A message that was not delivered; `cause` None: nothing that was lost explains it."""

    mark: str
    to: str
    status: str
    cause: str | None

    @property
    def is_expired(self) -> bool:
        """Whether it lost its worth before its end was known."""
        return self.status.endswith(_EXPIRED)


def by_recipient(messages: Iterable[Message]) -> Mapping[Key, Sequence[Message]]:
    """Return the messages of each recipient of each shipment, in their order."""
    found: defaultdict[Key, list[Message]] = defaultdict(list)
    for message in messages:
        found[message.mark, message.to].append(message)
    return found


def undelivered(evidence: Evidence) -> Iterator[Undelivered]:
    """Yield every message that the feed does not call delivered, with its cause.

    An e-mail's report leads to it whatever became of the answer, so only a lost report leaves it without an
    end. An SMS is found by the reference in the answer, so it also stays open when two calls are in doubt:
    their answers were lost, they failed without saying what they did, or a worker was killed in the midst of
    them. A message that was sent twice is explained when both copies are.
    """
    sent = by_recipient(evidence.messages)
    for entry in first_entries(evidence.entries):
        for ending in entry.endings:
            if not ending.status.endswith(_DELIVERED):
                cause = _cause(entry, ending, sent.get((entry.mark, ending.to), ()), evidence.losses)
                yield Undelivered(entry.mark, ending.to, ending.status, cause)


def first_entries(entries: Iterable[Entry]) -> Iterable[Entry]:
    """Return one entry of each shipment, its first."""
    found: dict[str, Entry] = {}
    for entry in entries:
        found.setdefault(entry.shipment, entry)
    return found.values()


def _cause(entry: Entry, ending: Ending, copies: Sequence[Message], losses: Losses) -> str | None:
    if not (ending.status.endswith(_EXPIRED) or ending.status == _IN_DOUBT):
        return None
    answers = losses.answers if ending.channel == "sms" else {}
    if any(copy.id not in losses.reports and copy.id not in answers for copy in copies):
        return None  # this copy should have told how it ended
    if reports := [losses.reports[copy.id] for copy in copies if copy.id in losses.reports]:
        return reports[-1]
    failed = losses.failed_calls[ending.to] + losses.cut_off[shipment_key(entry.shipment)]
    if ending.channel == "email" or len(copies) + failed < _CALLS_IN_DOUBT:
        return None
    return answers[copies[-1].id] if copies else TWO_CALLS_FAILED
