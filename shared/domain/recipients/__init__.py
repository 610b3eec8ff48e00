"""Who is written to: numbers, addresses and what registers know."""
