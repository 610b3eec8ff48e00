"""The examples in the documentation: the fenced blocks of every page, and which of them can be run here.

A fence may say more than its language. `sh undelivered`: what the block orders is not delivered, which is its
point. `sh answers=422`: its last request is answered so.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from devstack.project import ROOT

_FENCE = re.compile(r"^```(?P<language>\w+)(?P<options>[^\n]*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_OPTION = re.compile(r"undelivered|answers=\d{3}")
# These need Azure, Docker, a clone of its own, or start what runs already.
_ELSEWHERE = re.compile(
    r"^\s*(?:make|az|azd|docker|func|for name in|for lock in)\b|\$\(azd|-m pytest|deployment\.replay_reports",
    re.MULTILINE,
)
_RUNNABLE = ("sh", "python", "ts")
_HISTORY = "CHANGELOG.md"


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block; `line` is that of its fence."""

    page: Path
    line: int
    language: str
    options: tuple[str, ...]
    text: str

    @property
    def is_runnable(self) -> bool:
        """Whether the block is an example that the local cloud can carry out."""
        return self.language in _RUNNABLE and not (self.language == "sh" and _ELSEWHERE.search(self.text))

    @property
    def is_undelivered(self) -> bool:
        """Whether what it orders is not delivered."""
        return "undelivered" in self.options

    @property
    def last_status(self) -> int | None:
        """The status of its last answer where that is a failure."""
        found = [option.partition("=")[2] for option in self.options if option.startswith("answers=")]
        return int(found[0]) if found else None

    @property
    def place(self) -> str:
        """Where it is, for people to read."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def pages() -> list[Path]:
    """Return every page of the documentation."""
    tops = [path for path in ROOT.glob("*.md") if path.name != _HISTORY]
    return sorted([*tops, *(ROOT / "docs").rglob("*.md")])


def blocks_of(page: Path) -> list[Block]:
    """Return the fenced blocks of a page that name a language; ValueError for an option that nobody knows."""
    text = page.read_text(encoding="utf-8")
    blocks = []
    for match in _FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        options = tuple(match["options"].split())
        if unknown := [option for option in options if not _OPTION.fullmatch(option)]:
            raise ValueError(f"{page}:{line}: unknown options {unknown}")
        blocks.append(Block(page, line, match["language"], options, match["text"]))
    return blocks
