"""A Service Bus namespace for the local cloud: queues behind real AMQP 1.0, for the unmodified SDKs.

README.md says what it does and what it leaves out.
"""
