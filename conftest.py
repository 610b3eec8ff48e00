"""What every test run needs, whether of the product, of the local cloud or of the checks.

With pytest-xdist the tests of a file stay together, and those of a kind that share one local cloud run in one
process. The longest of these groups begin first, so that no process stands idle while another ends its last one.
For that `--no-loadscope-reorder` keeps the order of the tests: otherwise the groups with the most tests begin.
"""

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


def place_in_line(item: pytest.Item) -> int:
    """Return the place of a test among those that begin first."""
    places = (place for place, folder in enumerate(LONGEST_FIRST) if item.nodeid.startswith(folder))
    return next(places, len(LONGEST_FIRST))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say for each test with which others it runs in one process; put those that take long first."""
    items.sort(key=place_in_line)
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            shares_cloud = "shared_cloud" in getattr(item, "fixturenames", ())
            kind, file = "/".join(item.nodeid.split("/")[:2]), item.nodeid.partition("::")[0]
            group = f"cloud of {kind}" if shares_cloud else file
            item.add_marker(pytest.mark.xdist_group(group))
