"""The status feed of each owner: its entries as they are appended, read and shortened."""
