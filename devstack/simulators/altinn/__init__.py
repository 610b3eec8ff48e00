"""The Altinn platform, and what senders run: conditions and attachments."""
