"""Service Bus: queue names, message envelopes, group commit and the sender."""
