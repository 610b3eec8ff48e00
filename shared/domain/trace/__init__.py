"""What happened to a shipment, where it stands and why."""
