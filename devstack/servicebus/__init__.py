"""A Service Bus namespace for the local cloud: queues behind real AMQP 1.0, for the unmodified SDKs.

It behaves as the Standard tier does towards a client, but knows no sessions, topics, transactions,
forwarding, TLS or quotas, and a restart frees every lock. What leads where:

    server, session, links, nodes     frames from a socket to a queue or a request-response node, and back
    queue, locks, deadlines, ...      the rules of a queue, without sockets, files or clocks
    broker, journal                   all queues, kept across restarts with `--data`
    client, client_connection         the lean receiver of the Functions host
    running                           starts all of it inside an event loop, for the program and for tests
"""
