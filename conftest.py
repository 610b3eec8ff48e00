"""What every test run needs, whether of the product, of the local cloud or of the checks.

With pytest-xdist the tests of a file stay together, and those of a kind that share one local cloud run in one
process. The longest of these groups begin first, so that no process stands idle while another ends its last
one. `--no-loadscope-reorder` keeps this order; without it the groups with the most tests would begin.
"""

from collections.abc import Callable, Generator
from functools import partial
from typing import Any

import hypothesis
import pytest

# A busy machine may pause during any example. How fast things are is measured elsewhere.
hypothesis.settings.register_profile("tests", deadline=None)
hypothesis.settings.load_profile("tests")

# Where the groups are that take longest, these first; all others end soon.
LONGEST_FIRST = (
    "tests/scenarios/",
    "tests/api/",
    "tests/chaos/",
    "devstack/tests/browser/",
    "tests/examples/",
    "devstack/tests/",
    "tests/property/",
    "tests/integration/",
    "tests/unit/infra/",
    "checks/tests/",
)
# Local clouds of a whole session. One that idles takes a tenth of a core: its timers look every second.
CLOUDS = frozenset({"shared_cloud", "frail_cloud", "cloud_with_pages"})
_running: dict[str, Callable[[], None]] = {}


def fixtures_of(item: pytest.Item | None) -> frozenset[str]:
    """Return the names of the fixtures that a test uses."""
    return frozenset(getattr(item, "fixturenames", ()))


def place_in_line(item: pytest.Item) -> tuple[bool, int]:
    """Return what a test is sorted by: the shared cloud is started once, then come the longest groups."""
    places = (place for place, folder in enumerate(LONGEST_FIRST) if item.nodeid.startswith(folder))
    return "shared_cloud" not in fixtures_of(item), next(places, len(LONGEST_FIRST))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say for each test with which others it runs in one process; put those that take long first."""
    items.sort(key=place_in_line)
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            shares_cloud = "shared_cloud" in fixtures_of(item)
            kind, file = "/".join(item.nodeid.split("/")[:2]), item.nodeid.partition("::")[0]
            group = f"cloud of {kind}" if shares_cloud else file
            item.add_marker(pytest.mark.xdist_group(group))


def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> None:
    """Remember how a local cloud is ended."""
    if fixturedef.argname in CLOUDS:
        _running[fixturedef.argname] = partial(fixturedef.finish, request)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Generator[None]:
    """End the local clouds that the next test does not use; pytest would keep them until all have run."""
    yield
    for name in _running.keys() - fixtures_of(nextitem):
        _running.pop(name)()
