"""From the body of each kind of request to the order, with the rules that the body must keep."""
