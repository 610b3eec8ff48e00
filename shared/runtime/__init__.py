"""Time, errors, logging, HTTP transport, breaker and group commit: what knows nothing of notifications."""
