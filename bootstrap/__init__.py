"""Set-up of this checkout on a machine that has Python and nothing else of the project: `python3 -m bootstrap --help`.

Only the standard library, as nothing is installed yet. Every step leaves a stamp when it is done and none when it is
interrupted, so that a later run does what is left to do, and nothing twice.
"""
