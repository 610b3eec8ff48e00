"""Adapters for the registers and endpoints that are asked before sending."""
