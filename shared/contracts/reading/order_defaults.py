"""What an order gets where the request leaves it open."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Defaults:
    """Default senders, and whether URLs of callers may be plain http and loopback (local use only)."""

    email_from: str
    sms_sender: str
    insecure_endpoints: bool = False
