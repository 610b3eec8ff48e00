"""The page of captured messages, and how an SMS is divided."""
