"""Tests of images/weborders, against a real broker, registry and databases."""
