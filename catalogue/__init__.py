"""The data catalogue: one HTML page, made of a stack's contract and of what a lake's own metadata says."""
