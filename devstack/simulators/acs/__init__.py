"""Azure Communication Services: the e-mail endpoint and its delivery reports."""
