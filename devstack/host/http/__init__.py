"""HTTP triggers: requests read, routed and refused as Azure's host does."""
