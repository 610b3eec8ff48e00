"""What every test run needs, whether of the product, of the local cloud or of the checks.

With pytest-xdist the tests of a file stay together, and those of a kind that share one local cloud run in one
process.
"""

import hypothesis
import pytest

# A busy machine may pause during any example. How fast things are is measured elsewhere.
hypothesis.settings.register_profile("tests", deadline=None)
hypothesis.settings.load_profile("tests")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say for each test with which others it runs in one process."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            shares_cloud = "shared_cloud" in getattr(item, "fixturenames", ())
            kind, file = "/".join(item.nodeid.split("/")[:2]), item.nodeid.partition("::")[0]
            group = f"cloud of {kind}" if shares_cloud else file
            item.add_marker(pytest.mark.xdist_group(group))
