"""Puts work on the queues, handles their messages, and keeps those whose work failed."""
