"""A browser that looks at the pages of one local cloud, and what tests do with both."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from devstack.cloud.control import Control
from devstack.cloud.local_cloud import LocalCloud
from devstack.errors import DevstackError
from devstack.json_client import JsonClient
from devstack.npm.packages import Packages
from devstack.project import HOME

API = "/notifications/api/v1"
PATIENCE_MS = 30_000  # a bound, not a pause: a busy machine takes its time
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_AXE = Packages("axe-core", Path(__file__).parent.parent / "browser" / "npm", HOME / "axe")
_ids = count(1)


@dataclass(frozen=True, slots=True)
class Visit:
    """A local cloud with its pages, and a browser."""

    cloud: LocalCloud
    control: Control
    browser: Browser

    @property
    def address(self) -> str:
        assert self.cloud.pages is not None
        return self.cloud.pages

    def order(self, recipient: dict[str, Any], **more: Any) -> str:
        """Place an order of version 2 as the organisation ttd and return the id of its shipment."""
        headers = {"Authorization": f"Bearer {self.control.token()}"}
        body = {"idempotencyId": f"browser-{next(_ids)}", "recipient": recipient, **more}
        receipt = JsonClient(self.cloud.api, headers).ask("POST", f"{API}/future/orders", body)
        return str(receipt["notification"]["shipmentId"])

    def v1_order(self, channel: str, body: dict[str, Any]) -> str:
        """Place an order of version 1 as the organisation ttd and return its id."""
        headers = {"Authorization": f"Bearer {self.control.token()}"}
        return str(
            JsonClient(self.cloud.api, headers).ask("POST", f"{API}/orders/{channel}", body)["orderId"]
        )

    def email(self, to: str, subject: str, body: str, content_type: str = "Plain") -> str:
        """Send an e-mail, wait until the provider has it, and return its id."""
        settings = {"subject": subject, "body": body, "contentType": content_type}
        self.order({"recipientEmail": {"emailAddress": to, "emailSettings": settings}})
        return str(self.control.wait_for_email(to)["operationId"])

    def sms(self, to: str, text: str) -> str:
        """Send an SMS, wait until the gateway has it, and return its reference."""
        settings = {"body": text, "sendingTimePolicy": "Anytime"}
        self.order({"recipientSms": {"phoneNumber": to, "smsSettings": settings}})
        return str(self.control.wait_for_sms(to)["reference"])

    @contextmanager
    def page(self, path: str, *, width: int = 1280, scheme: Any = "light") -> Iterator[Page]:
        """Open a page in a window of its own; a script error in it fails the test."""
        with self.window(width=width, scheme=scheme) as window:
            page = window.new_page()
            errors: list[str] = []
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.goto(self.address + path)
            yield page
            assert not errors

    @contextmanager
    def window(self, *, width: int = 1280, scheme: Any = "light") -> Iterator[BrowserContext]:
        size: Any = {"width": width, "height": 900}
        window = self.browser.new_context(viewport=size, color_scheme=scheme, locale="en-GB")
        window.set_default_timeout(PATIENCE_MS)
        try:
            yield window
        finally:
            window.close()


@contextmanager
def browsing() -> Iterator[Browser]:
    """Start Debian's Chromium without a window.

    Playwright runs an event loop in this thread until the end, so no asynchronous test can run meanwhile.
    """
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        pytest.skip("the pages are not looked at: there is no chromium on PATH")
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=options)
        try:
            yield browser
        finally:
            browser.close()


def axe() -> str:
    """Return axe-core, which looks for barriers in a page; it is fetched once."""
    try:
        _AXE.install()
    except DevstackError as error:
        pytest.skip(str(error))
    return (_AXE.modules / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@contextmanager
def trap() -> Iterator[tuple[str, list[str]]]:
    """Serve an address that nobody may call; yields it, and the list of what was called."""
    called: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def setup(self) -> None:
            called.append("a connection")
            super().setup()

        def do_GET(self) -> None:
            called.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", called
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
