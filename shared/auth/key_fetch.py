"""Fetching public key material over HTTP, off the event loop.

Keys change rarely, so a plain blocking client on a thread is enough. The threads are of their own: a flood of
other blocking work must not keep callers from being identified. A key source that is down and a credential
that is wrong are different errors.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from shared.runtime.errors import UnavailableError

_CONNECT_SECONDS = 2.0
_READ_SECONDS = 5.0
_TOTAL_SECONDS = 10.0
_MAX_BYTES = 1024 * 1024  # of one document
THREADS = 8
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="keys")


class KeyNotFoundError(Exception):
    """The key source is up and has no such key, or has disabled it."""


async def on_key_thread[**P, T](call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a blocking call of this room beside the loop, under the log context of the request."""
    run = partial(copy_context().run, call, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_threads, run)


async def fetch_json(
    url: str, *, headers: Mapping[str, str] | None = None, allow_insecure: bool = False
) -> dict[str, Any]:
    """Return the JSON object at `url`.

    KeyNotFoundError on 404 and for a secret that is disabled, UnavailableError on anything else but 200 and
    on more than a megabyte. Only https is spoken unless `allow_insecure`; redirects are not followed.
    """
    if urlsplit(url).scheme != "https" and not allow_insecure:
        raise UnavailableError("key source is not https")
    try:
        async with asyncio.timeout(_TOTAL_SECONDS):
            return await on_key_thread(_get, url, headers or {})
    except TimeoutError as error:
        raise UnavailableError("key source did not answer in time") from error


def _get(url: str, headers: Mapping[str, str]) -> dict[str, Any]:
    import requests  # noqa: PLC0415  heavy, and loaded in the background
    import urllib3  # noqa: PLC0415

    try:
        with requests.Session() as session:
            session.trust_env = False
            response = session.get(
                url,
                headers=dict(headers),
                timeout=(_CONNECT_SECONDS, _READ_SECONDS),
                allow_redirects=False,
                stream=True,
            )
            body = response.raw.read(_MAX_BYTES + 1, decode_content=True)
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise UnavailableError(f"key source failed: {type(error).__name__}") from error
    if len(body) > _MAX_BYTES:
        raise UnavailableError("key source answered too much")
    document = _parse(body)
    if response.status_code == requests.codes.not_found or _is_disabled(document):
        raise KeyNotFoundError
    if response.status_code != requests.codes.ok:
        raise UnavailableError(f"key source answered {response.status_code}")
    if not isinstance(document, dict):
        raise UnavailableError("key source answered no JSON object")
    return document


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body)  # in Unicode; no other codec is looked up by a name from outside
    except (ValueError, RecursionError):
        return None


def _is_disabled(document: Any) -> bool:
    """Whether this is the 403 of a key vault for a secret that an operator has disabled."""
    try:
        return bool(document["error"]["innererror"]["code"] == "SecretDisabled")
    except (KeyError, TypeError, IndexError):
        return False
