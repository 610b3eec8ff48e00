"""Takes orders, and takes them back."""
