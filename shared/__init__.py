"""The product: domain rules, use cases and adapters behind the triggers in `functions/`."""
