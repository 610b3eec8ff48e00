"""Business rules for the files of a composed e-mail, which are fetched by a link when it is sent.

A link is a secret: error texts name an attachment by its file name only.
"""

import re
from datetime import UTC, datetime
from urllib.parse import SplitResult, parse_qsl

from shared.contracts.reading import limits
from shared.contracts.reading.absolute_url import split_url
from shared.contracts.reading.order_defaults import Defaults
from shared.contracts.reading.request_errors import RequestErrors
from shared.contracts.reading.timestamps import parse_instant
from shared.contracts.requests.attachment_types import ACCEPTED_MIME_TYPES
from shared.contracts.requests.composed_models import ComposedAttachment
from shared.domain.texts.single_line import single_line
from shared.domain.texts.written_url import trimmed_url

_STORAGE_HOST = re.compile(r"[a-z0-9\-.]+\.blob\.core\.windows\.net")
_LOCAL_HOSTS = ("127.0.0.1", "localhost")


def check_attachment(
    attachment: ComposedAttachment,
    errors: RequestErrors,
    *,
    send_at: datetime | None,
    now: datetime,
    defaults: Defaults,
) -> None:
    """Check the name, link and type of one file; `send_at` is None for an order that is due at once.

    Insecure endpoints are for a local cloud, whose storage is on this machine and has no TLS.
    """
    label = f"Attachment '{attachment.filename}':"
    if not _is_file_name(single_line(attachment.filename)):
        must = "must not contain path separators, and must include a file extension."
        errors.add(f"{label} filename {must}", "filename")
    url = split_url(trimmed_url(attachment.sas_url))
    parameters = {name.lower(): value for name, value in parse_qsl(url.query)} if url else {}
    for problem in _link_problems(url, parameters, insecure_allowed=defaults.insecure_endpoints):
        errors.add(f"{label} sasUrl {problem}", "sas_url")
    if attachment.mime_type.lower() not in ACCEPTED_MIME_TYPES:
        hint = "Refer to ACS documentation for the list of accepted MIME types."
        errors.add(f"{label} mimeType is not supported. {hint}", "mime_type")
    expires_at = _instant(parameters.get("se", ""))
    if expires_at is None or (send_at is not None and send_at.tzinfo is None):
        return
    if expires_at - (send_at or now) < limits.ATTACHMENT_LINK_MARGIN:
        # Without a send time the rule compares with the clock, so an honest repeat may break it.
        add = errors.add_too_early if send_at is None else errors.add
        add(f"{label} sasUrl must be valid for at least 15 minutes after requestedSendTime.")


def _is_file_name(name: str) -> bool:
    return "/" not in name and "\\" not in name and len(name.rpartition(".")[2]) > 0 and "." in name


def _link_problems(
    url: SplitResult | None, parameters: dict[str, str], *, insecure_allowed: bool
) -> list[str]:
    local = insecure_allowed and url is not None and url.hostname in _LOCAL_HOSTS
    if url is None or (url.scheme != "https" and not (local and url.scheme == "http")):
        return ["must be an absolute HTTPS URI."]
    if not local and _STORAGE_HOST.fullmatch(url.hostname or "") is None:
        return ["host must be within Azure Blob Storage (*.blob.core.windows.net)."]
    mandatory = [parameters.get(name, "").strip() for name in ("se", "sig", "sp")]
    if not all(mandatory) or parameters.get("sr", "").lower() != "b":
        return ["is missing required SAS parameters (se, sig, sp, sr)."]
    problems = []
    if _instant(parameters["se"]) is None:
        problems.append("has an invalid 'se' (signed expiry) value.")
    if "r" not in parameters["sp"]:
        problems.append("does not grant read permission ('r' must be present in 'sp').")
    return problems


def _instant(text: str) -> datetime | None:
    """Read a signed expiry; without a zone it is UTC."""
    try:
        at = parse_instant(text.strip())
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
