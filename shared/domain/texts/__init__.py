"""Texts of messages: placeholders, alphabets and lengths."""
