"""Reads in the log of the real host which functions run; no other source has it."""

import re
from collections import Counter
from pathlib import Path

_START = "Application started."
_STEP = re.compile(r"^ *(?P<step>Executing|Executed) 'Functions\.(?P<name>\w+)' \(.*?\bId=(?P<id>[0-9a-f-]+)")


class RunLog:
    """The runs of each function since the last start of the host."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self._running: dict[str, set[str]] = {}
        self._started: Counter[str] = Counter()

    def is_running(self, function: str) -> bool:
        """Whether a run of the function has begun and not ended."""
        self._catch_up()
        return bool(self._running.get(function))

    def started(self, function: str) -> int:
        """How many runs of the function have begun."""
        self._catch_up()
        return self._started[function]

    def _catch_up(self) -> None:
        with self._path.open("rb") as log:
            log.seek(self._read)
            text = log.read()
        whole = text[: text.rfind(b"\n") + 1]  # the last line may not be complete yet
        self._read += len(whole)
        for line in whole.decode(errors="replace").splitlines():
            if line.startswith(_START):  # what ran on a host that was killed does not end
                self._running.clear()
            elif (found := _STEP.match(line)) is not None:
                self._note(found["step"], found["name"], found["id"])

    def _note(self, step: str, name: str, run: str) -> None:
        if step == "Executing":
            self._running.setdefault(name, set()).add(run)
            self._started[name] += 1
        else:
            self._running.get(name, set()).discard(run)
