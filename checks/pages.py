"""The pages of the documentation as the checks read them: lines of prose, without blocks of code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_QUOTED = re.compile(r"`([^`]+)`")
_HISTORY = "CHANGELOG.md"  # old versions may name what is gone


@dataclass(frozen=True, slots=True)
class Page:
    """One Markdown file; `prose` has blank lines where blocks of code are, so that line numbers stay true."""

    path: Path
    prose: str

    def quoted(self) -> Iterator[tuple[int, str]]:
        """Yield every text in backticks with the number of its line."""
        for match in _QUOTED.finditer(self.prose):
            yield self.line_of(match), " ".join(match[1].split())

    def line_of(self, match: re.Match[str]) -> int:
        """Return the number of the line on which a match in the prose begins."""
        return self.prose.count("\n", 0, match.start()) + 1


def pages_of(root: Path) -> list[Page]:
    """Return the pages at the top of the repository and in `docs/`."""
    paths = [path for path in root.glob("*.md") if path.name != _HISTORY]
    paths += (root / "docs").rglob("*.md")
    return [Page(path, _prose(path.read_text(encoding="utf-8"))) for path in sorted(paths)]


def quoted_in(text: str) -> list[str]:
    """Return every text in backticks."""
    return [match[1] for match in _QUOTED.finditer(text)]


def _prose(text: str) -> str:
    return _FENCE.sub(lambda match: "\n" * match[0].count("\n"), text)
