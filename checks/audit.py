"""Looks for known vulnerabilities in pinned requirements where there is a network; says so if it could not.

`python -m checks.audit FILE…` asks the open database of vulnerabilities (OSV) by means of pip-audit. The exit
code is 1 only if something was found: a machine without a network can still check everything else.
"""

import json
import subprocess
import sys
from dataclasses import dataclass

_SECONDS = 120
_AUDIT = ("--require-hashes", "--disable-pip", "--vulnerability-service", "osv", "--format", "json")
_QUIET = ("--progress-spinner", "off", "--timeout", "10")


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found, what could not be asked about, and why nothing was asked at all, if so."""

    found: list[str]
    skipped: list[str]
    not_run: str | None = None


def audit(file: str, program: tuple[str, ...] = (sys.executable, "-m", "pip_audit")) -> Audit:
    """Look for vulnerabilities in one requirements file."""
    command = [*program, "--requirement", file, *_AUDIT, *_QUIET]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        return Audit([], [], type(error).__name__)
    try:
        dependencies = json.loads(ran.stdout)["dependencies"]
    except (ValueError, KeyError):
        last = (ran.stderr.strip().splitlines() or ["no answer"])[-1]
        return Audit([], [], last.partition(": ")[0])
    return Audit(
        [
            f"{each['name']} {each['version']}: {vulnerability['id']},"
            f" mended in {' or '.join(vulnerability['fix_versions']) or 'no version'}"
            for each in dependencies
            for vulnerability in each.get("vulns", ())
        ],
        [each["name"] for each in dependencies if "skip_reason" in each],
    )


def report(file: str, result: Audit) -> int:
    """Print what was found, and in one line what was not looked for; return the number of findings."""
    for line in result.found:
        print(f"{file}: {line}")
    if result.not_run is not None:
        print(f"Vulnerabilities: not looked for in {file}: {result.not_run}")
    elif result.skipped:
        print(f"Vulnerabilities: not looked for in {len(result.skipped)} dependencies of {file}")
    else:
        print(f"Vulnerabilities: {len(result.found)} in {file}")
    return len(result.found)


if __name__ == "__main__":
    sys.exit(1 if sum([report(name, audit(name)) for name in sys.argv[1:]]) else 0)
