"""LINK Mobility: the SMS gateway and its delivery reports."""
