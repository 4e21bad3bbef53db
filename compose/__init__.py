"""The same program and job folders with Docker Compose: what the containers of compose.yaml mount and are given is
written here from the program.

`provision.py` and `fill.py` run in containers, with the packages of their images: of this project they import only
`sandbox.aws` and `sandbox.sample`.
"""
