"""Places and cancels orders."""
