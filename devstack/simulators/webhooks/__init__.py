"""Receivers of webhooks, as owners run them, and what they have seen."""
