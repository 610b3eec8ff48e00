"""From the body of each kind of request to the order that it asks for."""
