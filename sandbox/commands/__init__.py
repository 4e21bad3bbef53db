"""The verbs of `lakehouse`, a module for each subject; `sandbox/cli.py` puts them together."""
