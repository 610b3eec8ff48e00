"""Reports what became of orders: feeds, status, metrics, and the search of support."""
