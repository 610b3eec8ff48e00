"""Pydantic models at the edge: requests, responses, problem details."""
