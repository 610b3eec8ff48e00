"""Runs the checks: `python -m checks` prints what breaks a rule and then exits with code 1."""

import sys
from pathlib import Path

from checks import (
    documented_names,
    documented_places,
    errors_page,
    infra,
    kinds_of_tests,
    places_of_tests,
    settings_page,
    sizes,
)

ROOT = Path(__file__).resolve().parents[1]
CHECKS = {
    "Sizes": sizes.violations,
    "Kinds of tests": kinds_of_tests.violations,
    "Places of tests": places_of_tests.violations,
    "Documented names": documented_names.violations,
    "Documented places": documented_places.violations,
    "Page of errors": errors_page.violations,
    "Settings page": settings_page.violations,
    "Infrastructure": infra.violations,
}


def main() -> int:
    """Print every violation and a count for each check; return the exit code."""
    broken = 0
    for name, violations in CHECKS.items():
        found = violations(ROOT)
        for violation in found:
            print(violation)
        print(f"{name}: {len(found)} violations")
        broken += len(found)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
