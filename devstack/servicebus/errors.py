"""What goes wrong between a receiver and its queue."""


class LockLostError(Exception):
    """The lock has expired, or the message was settled already."""
