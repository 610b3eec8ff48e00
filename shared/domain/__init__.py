"""Pure rules and values of the notification domain; standard library only."""
