"""Adapters for the registers and endpoints asked before sending."""
