"""Every version that the program pins, one line each, so that an update is a one-line change that a bot can make."""

FLINK = "1.20.5"
"""The jars' API and the image's base; `images/flink/pom.xml` and the sandbox's Flink agree with it
(tests/test_versions.py)."""

FLINK_VERSION = "v1_20"
"""The same for the operator (`spec.flinkVersion`)."""

FLINK_BASE_IMAGE = f"docker.io/library/flink:{FLINK}-scala_2.12-java17"
