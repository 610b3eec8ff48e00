"""Reads the decision in the answer of a condition endpoint, however the sender's software wrote it down.

A no that is not understood becomes a message that its sender did not want. So everything around the decision
is read leniently: the charset, letters that are wrong in it, the case of the name. The decision itself is a
JSON boolean, as the published contract says; a text or a number does not count.
"""

import json
from typing import Any

from shared.runtime.charsets import codec_of, stated_charset

DECISION = "sendNotification"
_AROUND = "\ufeff\0 \t\r\n"


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
    declared = codec_of(stated_charset(content_type) or "") or "utf-8"
    for charset in (declared, json.detect_encoding(body)):
        try:
            text = body.decode(charset, "replace").strip(_AROUND)
            # lenient about control characters in texts, and about numbers of any length
            return json.loads(text, strict=False, parse_int=float)
        except (ValueError, RecursionError):
            continue
    raise ValueError("the answer is not JSON in any charset")
