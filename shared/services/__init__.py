"""Use cases by capability, one per module."""
