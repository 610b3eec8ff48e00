"""Orders, their notifications and their states."""
