"""The AWS that the sandbox plays, and the program's resources in it."""
