"""The HTTP endpoints, one blueprint per capability."""
