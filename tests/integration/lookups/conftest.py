"""The lookups meet the simulators: real sockets, one process."""

from devstack.tests.support.simulators import Cloud, cloud, start_cloud

__all__ = ["Cloud", "cloud", "start_cloud"]
