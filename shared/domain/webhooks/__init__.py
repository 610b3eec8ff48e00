"""Webhooks: endpoints of owners that are told of every entry of their feed."""
