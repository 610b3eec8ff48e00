"""What the use cases need from outside, as protocols, one file per party; adapters implement them."""
