"""Who may use the HTTP ports of a local cloud: programs and pages of this machine, no page of another site.

Any page that somebody opens can send requests to 127.0.0.1, also under a name of its own that resolves to it.
A browser tells which name and which page it was, and asks first before it sends JSON for another site.
"""

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

_OWN_SITES = frozenset({"same-origin", "none"})  # none: somebody typed the address
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


def refused_for(headers: Mapping[str, str]) -> str | None:
    """Return why a request may not come in, None when it may. Looking up `headers` must ignore case."""
    host = headers.get("Host") or ""
    if not _is_loopback(host):
        return "the host must be 127.0.0.1 or localhost"
    origin = headers.get("Origin")
    if origin is not None and origin.strip().lower() != f"http://{host.strip().lower()}":
        return "pages of other sites have no access"
    if (headers.get("Sec-Fetch-Site") or "none").strip().lower() not in _OWN_SITES:
        return "pages of other sites have no access"
    return None


def refused_to_control(method: str, headers: Mapping[str, str]) -> str | None:
    """Return the same for a control port, where a write must also be marked as JSON."""
    refusal = refused_for(headers)
    media_type = (headers.get("Content-Type") or "").partition(";")[0].strip().lower()
    if refusal is None and method.upper() in _WITH_BODY and media_type != "application/json":
        return "the content type must be application/json"
    return refusal


def _is_loopback(host: str) -> bool:
    if "@" in host:
        return False
    try:
        parts = urlsplit(f"//{host.strip()}")
        name, _ = parts.hostname or "", parts.port
        return parts.netloc == host.strip() and (name == "localhost" or ip_address(name).is_loopback)
    except ValueError:
        return False
