"""What outside reviewers would run, run by us: each scanner in an environment of its own, offline, on the program's own
output."""
