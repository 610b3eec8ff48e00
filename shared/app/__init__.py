"""The composition root: settings, adapters and use cases."""
