"""Reads the decision in the answer of a condition endpoint, however the sender's software wrote it down.

A no that is not understood becomes a message that its sender did not want. So everything around the decision
is read leniently: the charset, letters that are wrong in it, the case of the name. The decision itself is a
JSON boolean, as the published contract says; a text or a number does not count.
"""

import codecs
import json
from email.message import Message
from typing import Any

DECISION = "sendNotification"
_AROUND = "\ufeff\0 \t\r\n"
_NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"})


def decision_in(body: bytes, content_type: str) -> bool | None:
    """Return what an answer decides, None when it is JSON without a decision; ValueError when it is no JSON.

    A member of exactly the published name comes first; others that differ in case count if they agree.
    """
    document = _document_in(body, content_type)
    if not isinstance(document, dict):
        return None
    exact = document.get(DECISION)
    if isinstance(exact, bool):
        return exact
    said = {
        value
        for name, value in document.items()
        if name.casefold() == DECISION.casefold() and isinstance(value, bool)
    }
    return said.pop() if len(said) == 1 else None


def _document_in(body: bytes, content_type: str) -> Any:
    """Return the JSON of a body, read in the charset it was declared in or else in the one it looks like."""
    for charset in (_declared_charset(content_type), json.detect_encoding(body)):
        try:
            text = body.decode(charset, "replace").strip(_AROUND)
            # lenient about control characters in texts, and about numbers of any length
            return json.loads(text, strict=False, parse_int=float)
        except (ValueError, RecursionError):
            continue
    raise ValueError("the answer is not JSON in any charset")


def _declared_charset(content_type: str) -> str:
    """Return the charset that a header names, UTF-8 when it names none that there is."""
    header = Message()
    header["Content-Type"] = content_type
    declared = header.get_content_charset("utf-8")
    try:
        known = codecs.lookup(declared).name
        "".encode(known)  # leaves out codecs that do not carry text
    except (LookupError, ValueError):
        return "utf-8"
    return "utf-8" if known in _NO_CHARSETS else known
