"""Queue and timer triggers: messages and occurrences become calls of functions."""
