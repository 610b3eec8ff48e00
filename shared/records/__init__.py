"""What is stored and what travels between functions: rows, messages and how both are written. No I/O."""
