"""The OpenAPI document, and a page to browse it that loads nothing from other hosts."""

from functools import cache
from pathlib import Path

import azure.functions as func

from functions.answers import API

_UI = Path(__file__).parent / "api_docs_ui"
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
    from shared.contracts.api_description.document import document  # noqa: PLC0415  not part of a cold start

    return func.HttpResponse(document(), headers=_HEADERS, mimetype="application/json")


@bp.route(f"{API}/docs", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def api_docs_page(req: func.HttpRequest) -> func.HttpResponse:
    """Return the page to browse the API with."""
    return func.HttpResponse(_content("index.html"), headers=_HEADERS, mimetype="text/html")


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
    headers = {**_HEADERS, "Cache-Control": "public, max-age=86400"}
    return func.HttpResponse(_content(name), headers=headers, mimetype=_FILES[name])


@cache
def _content(name: str) -> bytes:
    return (_UI / name).read_bytes()
