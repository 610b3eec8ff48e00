"""Reading bodies: JSON, simple types, limits, the rules that all versions share, and the errors."""
