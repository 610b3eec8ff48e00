"""One local cloud with its pages for all tests of this folder, and a browser for each module."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from devstack.cloud.control import Control
from devstack.cloud.local_cloud import LocalCloud
from devstack.tests.support.browser import Visit, browsing

NOON = "2031-05-05T12:00:00+02:00"  # a Monday in Oslo, window open


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let all tests here run in one process."""
    for item in items:
        if "/browser/" in item.nodeid:
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for one module: while it runs, no asynchronous test can."""
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="session")
def cloud_with_pages() -> Iterator[LocalCloud]:
    with LocalCloud(pages=True) as cloud:
        yield cloud


@pytest.fixture
def visit(browser: Browser, cloud_with_pages: LocalCloud) -> Visit:
    """The pages, at noon, without faults and messages of earlier tests."""
    control = Control(cloud_with_pages.control)
    control.reset_clock()
    control.set_clock(NOON)
    control.clear_faults()
    control.clear_outbox()
    return Visit(cloud_with_pages, control, browser)
