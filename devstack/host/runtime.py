"""The only file that uses `azure_functions_runtime`, Microsoft's own worker library.

With the real library argument checks, conversion and errors are those of Azure. Its invocation entry
(`native_invocation`) is not public API, so the version is pinned and a contract test covers this file.
"""

import importlib
import logging
import sys
import traceback
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from http.cookies import Morsel
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import azure_functions_runtime as worker
from azure_functions_runtime.bindings.datumdef import Datum
from azure_functions_runtime.native_invocation import invocation_request_native

from devstack.host.errors import AppLoadError
from devstack.host.payloads import Failure, HttpAnswer, HttpCall, TriggerMetadata, TypedValue

_APP_MODULE = "function_app"
_COLLECTION_ATTRIBUTE = {
    "collection_string": "string",
    "collection_bytes": "bytes",
    "collection_sint64": "sint64",
}


class _Message:
    """Replaces the protobuf messages that the worker fills in while it loads an app."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)


class _StatusResult(_Message):
    Failure = 0
    Success = 1


class _BindingInfo(_Message):
    undefined, string, binary = range(3)
    out, inout = 1, 2


_PROTOS = SimpleNamespace(
    StatusResult=_StatusResult,
    BindingInfo=_BindingInfo,
    **dict.fromkeys(
        (
            "WorkerInitResponse", "WorkerMetadata", "FunctionMetadataResponse", "RpcFunctionMetadata",
            "RpcException", "RpcRetryOptions",
        ),
        _Message,
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LoadedFunction:
    """A function of the app; `raw_bindings` are JSON objects as text."""

    name: str
    function_id: str
    raw_bindings: tuple[str, ...]
    has_retry_policy: bool


class FunctionRuntime:
    """Loads the app of this process and invokes its functions on the running event loop."""

    def __init__(self, functions: Iterable[LoadedFunction]) -> None:
        self.functions = tuple(functions)
        self._ids = {function.name: function.function_id for function in self.functions}

    @classmethod
    async def load(cls, app_dir: Path) -> "FunctionRuntime":
        """Import and index the app in `app_dir`; at most once per process. Raises AppLoadError."""
        _quieten_worker()
        _import_app(app_dir)
        worker.start_threadpool_executor()
        started = await worker.worker_init_request(
            SimpleNamespace(
                request=SimpleNamespace(
                    worker_init_request=SimpleNamespace(capabilities={}, function_app_directory=str(app_dir))
                ),
                properties={"host": "127.0.0.1", "protos": _PROTOS},
            )
        )
        if started.result.status != _StatusResult.Success:
            raise AppLoadError(f"the function app cannot be indexed: {started.result.exception.message}")
        listing = await worker.functions_metadata_request(None)
        return cls(
            LoadedFunction(
                name=item.name,
                function_id=item.function_id,
                raw_bindings=tuple(item.raw_bindings),
                has_retry_policy=item.retry_options is not None,
            )
            for item in listing.function_metadata_results or ()
        )

    async def invoke_http(self, function: str, parameter: str, call: HttpCall) -> HttpAnswer | Failure:
        """Run an HTTP function."""
        request = {
            "method": Datum(call.method, "string"),
            "url": Datum(call.url, "string"),
            "headers": {name: Datum(value, "string") for name, value in call.headers.items()},
            "query": {name: Datum(value, "string") for name, value in call.query.items()},
            "params": {name: Datum(value, "string") for name, value in call.route.items()},
            "body": Datum(call.body, "bytes"),
        }
        result = await self._invoke(function, parameter, Datum(request, "http"), {})
        if isinstance(result, Failure):
            return result
        try:
            return _http_answer(result)
        except (TypeError, ValueError) as error:
            return Failure(f"the answer is not a valid HTTP response: {error}", traceback.format_exc())

    async def invoke(
        self, function: str, parameter: str, payload: TypedValue, metadata: TriggerMetadata
    ) -> Failure | None:
        """Run a queue or timer function; None means it returned normally."""
        fields = {name: _datum(value) for name, value in metadata.items()}
        result = await self._invoke(function, parameter, _datum(payload), fields)
        return result if isinstance(result, Failure) else None

    async def _invoke(
        self, function: str, parameter: str, datum: Datum, metadata: dict[str, Datum]
    ) -> Datum | Failure | None:
        succeeded, returned, _outputs, error, details = await invocation_request_native(
            str(uuid.uuid4()), self._ids[function], [(parameter, datum)], metadata
        )
        return returned if succeeded else Failure(error or "unknown error", details or "")


def _datum(value: TypedValue) -> Datum:
    attribute = _COLLECTION_ATTRIBUTE.get(value.kind)
    return Datum(SimpleNamespace(**{attribute: value.value}) if attribute else value.value, value.kind)


def _http_answer(datum: Datum | None) -> HttpAnswer:
    if datum is None:
        return HttpAnswer(status=204, headers={}, cookies=(), body=b"")
    if datum.type == "http":
        answer = datum.value
        return HttpAnswer(
            status=int(answer["status_code"].value),
            headers={name: value.value for name, value in answer["headers"].items()},
            cookies=[_set_cookie(morsel) for jar in answer["cookies"] or () for morsel in jar.values()],
            body=answer["body"].value,
        )
    return HttpAnswer(200, {"content-type": "text/plain; charset=utf-8"}, (), str(datum.value).encode())


def _set_cookie(cookie: Morsel[str]) -> str:
    """Write a cookie as Azure's host does, which also writes a domain and a path that are empty."""
    parts = [f"{cookie.key}={quote(cookie.value, safe='')}"]
    parts += (f"{name}={cookie[name]}" for name in ("expires", "max-age") if cookie[name])
    parts += (f"{name}={cookie[name]}" for name in ("domain", "path"))
    parts += ("secure",) if cookie["secure"] else ()
    parts += (f"samesite={cookie['samesite'].lower()}",) if cookie["samesite"] else ()
    parts += ("httponly",) if cookie["httponly"] else ()
    return "; ".join(parts)


def _import_app(app_dir: Path) -> None:
    """Import the app before the worker does, whose stack trace would hide the failing line."""
    if not (app_dir / f"{_APP_MODULE}.py").is_file():
        raise AppLoadError(f"there is no {_APP_MODULE}.py in {app_dir}")
    sys.path.insert(0, str(app_dir))
    try:
        importlib.import_module(_APP_MODULE)
    except Exception as error:  # noqa: BLE001 -- an app may raise anything while it is imported
        frames = [
            frame
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename not in {__file__, importlib.__file__}
            and not frame.filename.startswith("<frozen ")
        ]
        where = "".join(traceback.format_list(frames) + traceback.format_exception_only(error))
        raise AppLoadError(f"the function app cannot be imported:\n{where.rstrip()}") from None


def _quieten_worker() -> None:
    """Drop the worker's own record of a failed invocation; the host logs it with the function's name."""

    def keep(record: logging.LogRecord) -> bool:
        return record.msg != "Native invocation failed"

    logging.getLogger("azure.functions").addFilter(keep)
