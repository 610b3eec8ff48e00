"""What an order would come to, computed before it is placed."""
