"""Webhooks: owners register them, and every entry of their feed is delivered to each."""
