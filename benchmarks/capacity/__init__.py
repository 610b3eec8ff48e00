"""Computes what the service carries and costs in Azure, from what `make bench` counted."""
