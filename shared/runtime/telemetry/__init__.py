"""What a process is working on, and what it has counted."""
