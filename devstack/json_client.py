"""A JSON client for the HTTP servers of a local cloud, without third-party packages."""

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from devstack.errors import ControlError

_ANSWER_SECONDS = 10.0


class JsonClient:
    """Asks one local HTTP server for JSON, on a connection per request; `headers` go with every request."""

    def __init__(self, base: str, headers: Mapping[str, str] | None = None) -> None:
        self.base = base
        self._headers = {"Content-Type": "application/json", **(headers or {})}

    def ask(self, method: str, path: str, document: object = None, *, wait: float = 0.0) -> Any:
        """Return the JSON answer, None without body; `wait` is how long the server may think, in seconds.

        ControlError when the server refuses or cannot be reached.
        """
        connection = http.client.HTTPConnection(urlsplit(self.base).netloc, timeout=_ANSWER_SECONDS + wait)
        body = None if document is None else json.dumps(document)
        try:
            connection.request(method, path, body, self._headers)
            answer = connection.getresponse()
            text = answer.read()
        except OSError as error:
            raise ControlError(
                f"the local cloud does not answer at {self.base} ({error}); start it again"
            ) from None
        finally:
            connection.close()
        if answer.status >= 400:
            raise ControlError(_refusal(answer.status, text))
        return json.loads(text) if text else None


def _refusal(status: int, text: bytes) -> str:
    try:
        return f"the local cloud refused: {json.loads(text)['error']}"
    except (ValueError, KeyError, TypeError):
        return f"the local cloud refused: HTTP {status}"
