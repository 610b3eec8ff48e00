"""The simulators, started for each test."""

from devstack.tests.support.simulators import cloud, start_cloud

__all__ = ["cloud", "start_cloud"]
