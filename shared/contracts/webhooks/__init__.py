"""Webhooks on the wire: requests and answers of their owners, and the bodies that their endpoints get."""
