"""Deletes what was kept long enough, and checks whether the app can work."""
