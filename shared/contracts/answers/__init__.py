"""From the domain to the JSON of the answers."""
