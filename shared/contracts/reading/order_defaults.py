"""What an order gets where the caller left it to the service."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Defaults:
    """Default senders, and whether callers' URLs may be plain http and loopback (local use only)."""

    email_from: str
    sms_sender: str
    insecure_endpoints: bool = False
