"""Recipients: numbers, addresses and what registers know."""
