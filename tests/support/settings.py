"""The settings of the sample file, and an environment that notes which settings are read."""

import json

from devstack.project import ROOT


class Recorder(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, values: dict[str, str]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        self.asked.add(name)
        return super().get(name, default)


def sample() -> dict[str, str]:
    """Return the settings of `local.settings.sample.json`."""
    return dict(json.loads((ROOT / "local.settings.sample.json").read_text())["Values"])
