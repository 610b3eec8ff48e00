"""The composition root: settings, adapters, use cases, and the one app of a process."""
