"""What goes wrong on purpose: rules, their effect on requests, and notes of it."""
