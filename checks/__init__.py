"""What make check asks of the repository beyond format, lint and types."""
