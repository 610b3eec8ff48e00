"""Hands messages to the e-mail provider and the SMS gateway."""
