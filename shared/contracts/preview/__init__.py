"""What an order would come to, as an answer."""
