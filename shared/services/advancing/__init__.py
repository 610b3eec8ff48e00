"""Moves open orders on: the agenda, and what is due for an order."""
