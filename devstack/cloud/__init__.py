"""The local cloud as a whole: what runs where, started and stopped together."""
