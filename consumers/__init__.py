"""Programs of other teams: each goes by a stack's contract, and by nothing else of it."""
