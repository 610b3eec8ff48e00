"""The rules of queues, without sockets: order, locks, schedules, dead letters, the journal."""
