"""Tokens and keys: the issuer with its key vault, and Maskinporten."""
