"""Measures the feed of one owner under several writers, on a table emulator of its own."""
