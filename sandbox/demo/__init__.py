"""`lakehouse demo`: live changes, every row compared, freshness measured, a report."""
