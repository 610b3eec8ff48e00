"""Metrics as files and as a page."""
