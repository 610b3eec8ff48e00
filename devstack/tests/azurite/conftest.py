"""The table service, one per test process."""

from devstack.tests.support.emulators import azurite

__all__ = ["azurite"]
