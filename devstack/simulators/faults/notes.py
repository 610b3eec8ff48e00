"""Which messages went wrong, noted one by one where it happened, so that every loss can be explained."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_KEPT = 200_000


class Mishap(StrEnum):
    """What can happen to a message on its way to a provider or back; the ids say which messages."""

    CALL_FAILED = "call failed"  # nothing was done and the caller cannot know it; ids: the recipients
    ANSWER_LOST = "answer lost"  # it was done and the caller was not told; ids: the messages'
    REPORT_DROPPED = "report dropped"  # never sent; ids: the messages', from here on
    REPORT_GARBLED = "report garbled"  # sent, but nobody can read it
    REPORT_GIVEN_UP = "report given up"  # refused, or not answered, every time it was sent


@dataclass(frozen=True, slots=True)
class FaultNote:
    """One mishap. Ids of messages are operation ids or the SMS gateway's references."""

    target: str
    mishap: Mishap
    ids: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the note as the control API shows it."""
        return {"target": self.target, "mishap": self.mishap.value, "ids": list(self.ids)}


class FaultNotes:
    """The newest notes, at most 200 000."""

    def __init__(self) -> None:
        self._notes: deque[FaultNote] = deque(maxlen=_KEPT)

    def add(self, target: str, mishap: Mishap, ids: Iterable[str]) -> None:
        """Note what became of these messages; nothing when there are none."""
        if noted := tuple(ids):
            self._notes.append(FaultNote(target, mishap, noted))

    def to_json(self) -> list[dict[str, Any]]:
        """Return all notes, oldest first."""
        return [note.to_json() for note in self._notes]

    def clear(self) -> None:
        """Forget all notes."""
        self._notes.clear()
