"""Measures what the service costs and what it survives; never part of the product or of the tests."""
