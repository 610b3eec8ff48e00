"""What tests that start a local cloud of their own import from here."""

from tests.e2e.starting import EVERY_SECOND, warm_up

__all__ = ["EVERY_SECOND", "warm_up"]
