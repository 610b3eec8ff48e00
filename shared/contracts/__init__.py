"""The API on the wire: requests, queries, answers, the OpenAPI document, and the metrics files."""
