"""The receiver of the Functions host: a small client of Service Bus."""
