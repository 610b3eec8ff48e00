"""How requests are read: JSON, query strings, the simple types, and what is wrong with them."""
