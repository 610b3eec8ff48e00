"""Adapters for what actually sends: Azure Communication Services e-mail and the LINK Mobility SMS gateway."""
