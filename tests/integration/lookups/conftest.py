"""The lookups meet the simulators: real sockets, one process."""

from tests.integration.simulators.conftest import Cloud, cloud, start_cloud

__all__ = ["Cloud", "cloud", "start_cloud"]
