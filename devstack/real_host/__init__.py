"""The app on the real Azure Functions host, Microsoft's host and Python worker."""
