"""Where the parts of the local cloud are that the pages show: one JSON file, read at the start."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Configuration:
    """Base addresses of the parts, and the connection string of the tables; `port` 0 takes a free one.

    `window` are the hours in Oslo between which SMS of daytime orders are sent.
    """

    port: int
    api: str
    control: str
    queue_info: str
    platform: str
    tables: str
    window: tuple[int, int]

    @classmethod
    def load(cls, path: Path) -> "Configuration":
        """Read the file; ValueError or KeyError when it cannot be used."""
        document = json.loads(path.read_text(encoding="utf-8"))
        opens, closes = document["window"]
        return cls(**{**document, "window": (int(opens), int(closes))})

    def write(self, path: Path) -> None:
        """Write the file for its owner only: the connection string holds a key."""
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(self), indent=2), encoding="utf-8")
