"""Purges what was kept long enough, and checks whether the app is ready."""
