"""Queries in Athena's SQL over the played lake, answered by DuckDB."""
