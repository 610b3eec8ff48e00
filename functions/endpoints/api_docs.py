"""The OpenAPI document, and a page to browse it that loads nothing from other hosts."""

import gzip
import html
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import azure.functions as func

from functions.answers import API, endpoint
from shared.app.use_cases import App
from shared.runtime.beside_loop import ANSWERS

_UI = Path(__file__).parent / "api_docs_ui"
_DOCUMENT = "openapi.json"
_FILES = {
    "swagger-ui-bundle.js": "text/javascript",
    "show-document.js": "text/javascript",
    "swagger-ui.css": "text/css",
}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}

bp = func.Blueprint()


@bp.route(f"{API}/openapi.json", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def openapi_document(req: func.HttpRequest) -> func.HttpResponse:
    """Return the OpenAPI document."""
    return await _answer(req, _DOCUMENT, "application/json", _HEADERS)


@endpoint(bp, "GET", f"{API}/docs")
async def api_docs_page(app: App, req: func.HttpRequest) -> func.HttpResponse:
    """Return the page to browse the API with; in a local cloud it is signed in."""
    token = app.settings.api_page_token
    page = _content("index.html").decode()
    if token is not None:
        page = page.replace('data-token=""', f'data-token="{html.escape(token)}"')
    return func.HttpResponse(page, headers=_HEADERS, mimetype="text/html")


@bp.route(f"{API}/docs/errors", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def api_docs_errors(req: func.HttpRequest) -> func.HttpResponse:
    """Return the page with the cause and the cure of every error."""
    from shared.contracts.answers.error_help import errors_page  # noqa: PLC0415  not part of a cold start

    return func.HttpResponse(errors_page(), headers=_HEADERS, mimetype="text/html")


@bp.route(f"{API}/docs/{{file}}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def api_docs_file(req: func.HttpRequest) -> func.HttpResponse:
    """Return a file of the page."""
    name = req.route_params["file"]
    if name not in _FILES:
        return func.HttpResponse(status_code=404)
    return await _answer(req, name, _FILES[name], {**_HEADERS, "Cache-Control": "public, max-age=86400"})


async def _answer(
    req: func.HttpRequest, name: str, mimetype: str, headers: Mapping[str, str]
) -> func.HttpResponse:
    """Return a content, compressed if the caller reads that; each is made once, beside the event loop."""
    told = {**headers, "Vary": "Accept-Encoding"}
    if not _reads_gzip(req.headers.get("Accept-Encoding") or ""):
        body = await ANSWERS.run(lambda: _content(name))
        return func.HttpResponse(body, headers=told, mimetype=mimetype)
    body = await ANSWERS.run(lambda: _compressed(name))
    return func.HttpResponse(body, headers={**told, "Content-Encoding": "gzip"}, mimetype=mimetype)


def _reads_gzip(accepted: str) -> bool:
    for option in accepted.lower().replace(" ", "").split(","):
        coding, _, weight = option.partition(";q=")
        if coding == "gzip":
            return not weight or weight.strip("0.") != ""
    return False


@cache
def _compressed(name: str) -> bytes:
    return gzip.compress(_content(name), mtime=0)


@cache
def _content(name: str) -> bytes:
    if name == _DOCUMENT:
        from shared.contracts.api_description.document import document  # noqa: PLC0415  not part of a cold start

        return document()
    return (_UI / name).read_bytes()
