"""The pages that move the clock, make faults, show queues, people and metrics, and play scenarios."""
