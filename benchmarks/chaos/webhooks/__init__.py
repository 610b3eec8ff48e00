"""A webhook during a run: its endpoint misbehaves by plan, and at the end is down for a simulated day."""
