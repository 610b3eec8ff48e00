"""Table calls over the SDK: rows, queries, transactions and their errors."""
