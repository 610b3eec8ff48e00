"""Tells owners what became of their orders."""
