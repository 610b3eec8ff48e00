"""Fetching public key material over HTTP, off the event loop.

Keys change rarely, so a plain blocking client on a thread is enough. A key source that is down and a
credential that is wrong are different errors.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from shared.runtime.errors import UnavailableError

_CONNECT_SECONDS = 2.0
_READ_SECONDS = 5.0
_TOTAL_SECONDS = 10.0


class KeyNotFoundError(Exception):
    """The key source answered 404: it is up and has no such key."""


async def fetch_json(
    url: str, *, headers: Mapping[str, str] | None = None, allow_insecure: bool = False
) -> dict[str, Any]:
    """Return the JSON object at `url`; KeyNotFoundError on 404, UnavailableError on anything else but 200.

    Only https is spoken unless `allow_insecure`; redirects are not followed.
    """
    if urlsplit(url).scheme != "https" and not allow_insecure:
        raise UnavailableError("key source is not https")
    try:
        async with asyncio.timeout(_TOTAL_SECONDS):
            return await asyncio.to_thread(_get, url, headers or {})
    except TimeoutError as error:
        raise UnavailableError("key source did not answer in time") from error


def _get(url: str, headers: Mapping[str, str]) -> dict[str, Any]:
    import requests  # noqa: PLC0415  heavy, and loaded in the background

    try:
        with requests.Session() as session:
            session.trust_env = False
            response = session.get(
                url, headers=dict(headers), timeout=(_CONNECT_SECONDS, _READ_SECONDS), allow_redirects=False
            )
        if response.status_code == requests.codes.not_found:
            raise KeyNotFoundError
        if response.status_code != requests.codes.ok:
            raise UnavailableError(f"key source answered {response.status_code}")
        document = json.loads(response.content)  # in Unicode; `json()` would use any codec that is named
    except (requests.RequestException, ValueError, RecursionError) as error:
        raise UnavailableError(f"key source failed: {type(error).__name__}") from error
    if not isinstance(document, dict):
        raise UnavailableError("key source answered no JSON object")
    return document
