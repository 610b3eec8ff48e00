"""Typical uses of the service, played in a running local cloud and told step by step."""
