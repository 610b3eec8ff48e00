"""What a caller prefers, by the header `Prefer` (RFC 7240)."""

from collections.abc import Mapping


def prefers_strict(headers: Mapping[str, str]) -> bool:
    """Whether the caller wants doubtful requests refused; looking up `headers` must ignore case.

    Of several preferences for the same thing the first counts.
    """
    for preference in (headers.get("Prefer") or "").split(","):
        name, _, value = preference.partition(";")[0].partition("=")
        if name.strip().lower() == "handling":
            return value.strip().strip('"').lower() == "strict"
    return False
