"""When messages may be sent: the SMS window, the limits of providers and what owners may ask for."""
