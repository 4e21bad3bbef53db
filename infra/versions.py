"""Every version that the program pins, one line each, so that an update is a one-line change that a bot can make.

Images are pinned by the digest of their multi-architecture index: the same bytes, whatever becomes of the tag.
"""

from infra.charts import ChartPin

FLINK = "1.20.5"
"""The jars' API and the image's base; `images/flink/pom.xml` and the sandbox's Flink agree with it
(tests/test_versions.py)."""

FLINK_VERSION = "v1_20"
"""The same for the operator (`spec.flinkVersion`)."""

FLINK_BASE_IMAGE = (
    f"docker.io/library/flink:{FLINK}-scala_2.12-java17"
    "@sha256:5a781c3a3bf694d4befba7709fbc192403a461c2d852fed533587a0970e03f5e"
)

MAVEN_IMAGE = (
    "docker.io/library/maven:3.9.16-eclipse-temurin-17"
    "@sha256:1ed5d1f54416b706707b4f3238f63a20bb06aab27c6d240090a2bb9ad895ed45"
)
"""Builds the image's jars; nothing of it is in the image."""

CERT_MANAGER = ChartPin("cert-manager", "v1.21.2", repository="https://charts.jetstack.io")
CERT_MANAGER_IMAGES = {
    "controller": "sha256:70f532fd9cfde0b09d55687200942399d89838bc2d5d5b45152eb799a15912b8",
    "cainjector": "sha256:c85268c64f2e0e76684bf5fe8906caff34b82523561c6affe0fae3546bd87562",
    "webhook": "sha256:a60e2dac46dbb8a7f3df95c54ce941012f54c2fe022f0ee55aaa1ab40ed957ae",
    "acmesolver": "sha256:699b40d622211ab7accad8a21b04c5fbaa1841ef7a12621e8de492dbe27b2503",
}
"""quay.io/jetstack/cert-manager-<part>:v1.21.2"""

PYTHON_IMAGE = (
    "docker.io/library/python:3.11-slim@sha256:9c900dea9e8fb7e16277c179b555cc72d29a352dbc33cff48ad5a0412fd5bfc7"
)
"""What images/weborders is built on."""

UV_IMAGE = "ghcr.io/astral-sh/uv:0.13.9"
"""Fills the environments of Python jobs, and compares every package with its lock: so a tag is pin enough. Nothing of
it is in an image."""

EXTERNAL_SECRETS = ChartPin("external-secrets", "2.10.0", repository="https://charts.external-secrets.io")
EXTERNAL_SECRETS_IMAGE = "v2.10.0@sha256:814117b0fd6d121b03e8ba3b6db1cecbe7449a354fc0fc9c4faf73a37aa221b1"
"""ghcr.io/external-secrets/external-secrets, as `<tag>@<digest>`: its chart knows no digest of its own."""

FLINK_OPERATOR = ChartPin(
    "flink-kubernetes-operator",
    "1.15.0",
    repository="https://archive.apache.org/dist/flink/flink-kubernetes-operator-1.15.0/",
)
"""From Apache's archive, where a release stays and is never overwritten."""
FLINK_OPERATOR_IMAGE = "sha256:5372e4461b433ee37391b0ee3fc3e4029980d14e9b64576b0cb78493d1cafe3a"
"""ghcr.io/apache/flink-kubernetes-operator:1.15.0"""

KAFKA = "3.9.x.kraft"
"""As MSK calls it: patches come by themselves, and metadata lies in Kafka itself. A cluster made with ZooKeeper, so
without `.kraft`, stays with it until it is migrated."""

METRICS_COLLECTOR_IMAGE = (
    "docker.io/otel/opentelemetry-collector-contrib:0.161.0"
    "@sha256:fd328de2552466ad78385e1b1289c3f2402b1c45f265b252aab1955b42845ac1"
)
"""The contrib distribution: AWS's own (ADOT) lacks the transform processor, by which counters become sums."""
