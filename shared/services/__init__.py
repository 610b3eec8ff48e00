"""Use cases, one verb per module."""
