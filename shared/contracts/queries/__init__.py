"""Reads what arrives in routes, query strings, headers and forms."""
