"""Advances open orders: wakes them when the agenda says so, and does what is due."""
