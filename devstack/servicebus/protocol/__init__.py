"""The server side of AMQP: frames from a socket to a queue, and back."""
