"""What a team of analysts makes of a lakehouse: a Pulumi project of its own."""
