"""When messages may be sent: the SMS window and the limits of providers."""
