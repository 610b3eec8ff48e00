"""Verification of the access-key signature that Azure Communication Services demands on every request."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_SCHEME = "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature="
_MAX_SKEW = timedelta(minutes=15)


def signature_problem(
    *, method: str, path_and_query: str, headers: Mapping[str, str], body: bytes, key: bytes
) -> str | None:
    """Return why the signature of a request is not accepted, or None when it is.

    `path_and_query` is the request target exactly as sent, `key` the decoded access key.
    """
    authorization = headers.get("Authorization", "")
    if not authorization.startswith(_SCHEME):
        return "the Authorization header is missing or of another scheme"
    date, content_hash = headers.get("x-ms-date", ""), headers.get("x-ms-content-sha256", "")
    if not _is_recent(date):
        return "x-ms-date is missing or not within 15 minutes"
    if not hmac.compare_digest(content_hash, _base64_sha256(body)):
        return "x-ms-content-sha256 does not match the body"
    to_sign = f"{method}\n{path_and_query}\n{date};{headers.get('Host', '')};{content_hash}"
    expected = base64.b64encode(hmac.digest(key, to_sign.encode(), "sha256"))
    if not hmac.compare_digest(authorization.removeprefix(_SCHEME).encode(), expected):
        return "the signature does not match"
    return None


def _base64_sha256(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


def _is_recent(date: str) -> bool:
    try:
        sent_at = parsedate_to_datetime(date)
    except ValueError:
        return False
    if sent_at.tzinfo is None:
        return False
    return abs(datetime.now(UTC) - sent_at) <= _MAX_SKEW
