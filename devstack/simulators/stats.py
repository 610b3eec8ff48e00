"""Counts of requests, used fault rules and reports, for assertions on numbers of calls."""

from collections import Counter


class Stats:
    """Counters by area and name, for example requests of `acs.send` or faults of `sms.submit:after`."""

    def __init__(self) -> None:
        self._requests: Counter[str] = Counter()
        self._faults: Counter[str] = Counter()
        self._reports: Counter[str] = Counter()

    def request(self, target: str) -> None:
        """Count one request to a target."""
        self._requests[target] += 1

    def fault(self, target: str, action: str) -> None:
        """Count one use of a fault rule."""
        self._faults[f"{target}:{action}"] += 1

    def report(self, target: str, outcome: str) -> None:
        """Count one delivery report by its outcome."""
        self._reports[f"{target}:{outcome}"] += 1

    def to_json(self) -> dict[str, dict[str, int]]:
        """Return all counters: {"requests": {...}, "faults": {...}, "reports": {...}}."""
        return {
            "requests": dict(self._requests),
            "faults": dict(self._faults),
            "reports": dict(self._reports),
        }

    def clear(self) -> None:
        """Start all counters at zero."""
        for counter in (self._requests, self._faults, self._reports):
            counter.clear()
