"""AMQP 1.0 on the wire: types, performatives, message sections and frames, for the broker and its clients."""
