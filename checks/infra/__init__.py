"""Compares what infra/ and its pages declare with what the code needs; a violation is a line with a place."""

from pathlib import Path

from checks.infra import alerts, declared, metrics, parameters, settings


def violations(root: Path) -> list[str]:
    """Return one line for everything that the templates, their pages and the code do not agree on."""
    return [
        line for part in (settings, declared, alerts, metrics, parameters) for line in part.violations(root)
    ]
