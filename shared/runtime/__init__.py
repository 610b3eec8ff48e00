"""Time, errors, logging, HTTP transport, breaker and group commit: nothing about notifications."""
