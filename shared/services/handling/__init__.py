"""Handles the messages of the queues, and those whose handling failed."""
