"""Records what became of messages."""
