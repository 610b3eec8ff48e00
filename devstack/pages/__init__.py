"""The web pages of the local cloud, and the same as JSON below /devstack/."""
