"""The trace of a shipment in JSON, with sentences in English and bokmål."""
