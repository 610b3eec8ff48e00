"""Notes of messages that went wrong, one by one, so that every loss can be explained."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_KEPT = 200_000


class Mishap(StrEnum):
    """What goes wrong with a message on its way to a provider or back."""

    CALL_FAILED = "call failed"  # not carried out, and the caller cannot know that; ids: the recipients
    ANSWER_LOST = (
        "answer lost"  # carried out, but the caller got no answer; ids: the messages, as in all below
    )
    REPORT_DROPPED = "report dropped"  # not sent
    REPORT_GARBLED = "report garbled"  # sent, but unreadable
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
        """Note a mishap of these messages; does nothing without ids."""
        if noted := tuple(ids):
            self._notes.append(FaultNote(target, mishap, noted))

    def to_json(self) -> list[dict[str, Any]]:
        """Return all notes, oldest first."""
        return [note.to_json() for note in self._notes]

    def clear(self) -> None:
        """Forget all notes."""
        self._notes.clear()
