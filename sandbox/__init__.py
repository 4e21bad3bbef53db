"""The whole stack on one machine: the same program and job folders, made real without a cloud."""
