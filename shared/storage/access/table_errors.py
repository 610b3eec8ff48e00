"""What can go wrong with a table call, in the errors of the product.

The messages of the service may quote keys, so only status and error code are passed on.
"""

import asyncio
import json
from collections.abc import Awaitable
from typing import Any

from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError
from azure.core.pipeline import PipelineResponse

from shared.runtime.errors import ConflictError, PermanentError, ThrottledError, TransientError
from shared.runtime.retry_after import retry_after_seconds

_TOTAL_SECONDS = 30.0
_PAUSE_SECONDS = 1.0  # when throttled without a readable Retry-After
_TRANSIENT = frozenset({408, 500, 502, 503, 504})
_NEVER_ACCEPTED = frozenset({400, 413})
_ABSENT, _CONFLICTS = 404, frozenset({409, 412})
STATE_OF_ROW = _CONFLICTS | {_ABSENT}  # statuses of a write that say how the row is


async def outcome[T](kind: str, call: Awaitable[T], *, seconds: float = _TOTAL_SECONDS) -> T:
    """Await a call with all its retries and raise what `shared.ports.TableStore` promises.

    `kind` names the call in messages. HttpResponseError stays for what points to a wrong set-up.
    """
    try:
        async with asyncio.timeout(seconds):
            return await call
    except TimeoutError as error:
        raise TransientError("table storage did not answer in time") from error
    except (ServiceRequestError, ServiceResponseError) as error:
        raise TransientError(f"table storage unreachable: {type(error).__name__}") from error
    except HttpResponseError as error:
        status = error.status_code or 0
        code, _ = error_of("" if error.response is None else error.response.text())
        if status in _CONFLICTS or (status == _ABSENT and code != "TableNotFound"):
            raise ConflictError(f"{kind} refused with {status}") from None
        raise refusal(kind, status, code) from None


def refusal(kind: str, status: int, code: str) -> Exception:
    """Return the error for an answer that is neither a success nor about the state of a row."""
    message = f"table {kind} refused with {status} {code}"
    if status in _TRANSIENT or status < 400:  # a success that cannot be read may be readable next time
        return TransientError(message)
    return PermanentError(message) if status in _NEVER_ACCEPTED else HttpResponseError(message)


def refuse_busy(response: PipelineResponse[Any, Any]) -> None:
    """Raise ThrottledError when the service asks for a pause, which azure-core would sleep through.

    A `raw_response_hook`: it sees every answer before the retry policy does.
    """
    answer = response.http_response
    pause = answer.headers.get("Retry-After")
    if answer.status_code == 429 or (answer.status_code == 503 and pause):
        seconds = retry_after_seconds(pause)
        raise ThrottledError("table storage is busy", _PAUSE_SECONDS if seconds is None else seconds)


def error_of(body: str | bytes) -> tuple[str, str]:
    """Return code and message of an error answer, empty when it holds none."""
    try:
        error = json.loads(body)["odata.error"]
        return str(error["code"]), str(error["message"]["value"])
    except (ValueError, KeyError, TypeError):
        return "", ""
