"""Reads a preview (`pulumi preview --json`) and writes what a reviewer has to know of it: `python -m review --help`.

Nothing here asks a cloud or runs a program: one document in, one comment out, and the same comment for the same
document.
"""
