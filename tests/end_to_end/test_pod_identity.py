"""A job whose only credentials are those of EKS Pod Identity, as on EKS: it checkpoints, and commits to the lake."""

import json
import re
import secrets
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from infra.catalog_store import catalog_files
from infra.flink_deployment import spec
from infra.jobs import load_jobs
from infra.settings.flink import FlinkSettings
from sandbox.addresses import Aws
from sandbox.aws.local import LocalAws, aws_client, start_aws
from sandbox.cloud import Declared
from sandbox.flink.cluster import FlinkCluster
from sandbox.flink.definition import Definition
from sandbox.packages import flink_jars, java_home
from sandbox.ports import choose
from tests.declared import settings
from tests.infra.test_flink_deployment import AROUND
from tests.infra.test_jobs import write_job

SCRIPT = """\
CREATE TEMPORARY TABLE numbers (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '10');
CREATE TABLE IF NOT EXISTS lake.`${database.orders}`.copies (order_id INT NOT NULL, PRIMARY KEY (order_id) NOT ENFORCED)
  WITH ('format-version' = '2', 'write.upsert.enabled' = 'true');
INSERT INTO lake.`${database.orders}`.copies SELECT id FROM numbers;
"""
DATABASE = "iceberg_orders"
S3_PLUGIN, ICEBERG = "1", "2"
"""The major version of the AWS SDK for Java that each of them brings."""


class Agent(ThreadingHTTPServer):
    """What EKS runs on each node: gives credentials for the token in a pod's file, which EKS replaces now and then.

    EKS user guide: "Understand how EKS Pod Identity works".
    """

    def __init__(self, token_file: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.token_file = token_file
        self.served: set[str] = set()
        """The major versions of the SDKs that got credentials for the present token."""
        self.replace_token()

    def replace_token(self) -> None:
        self.token = secrets.token_urlsafe()
        self.token_file.write_text(self.token)
        self.served = set()


class _Answer(BaseHTTPRequestHandler):
    server: Agent  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        sdk = re.match(r"aws-sdk-java/(\d+)\.", self.headers.get("User-Agent", ""))
        if sdk is None or self.path != "/v1/credentials" or self.headers.get("Authorization") != self.server.token:
            self.send_error(403)
            return
        self.server.served.add(sdk[1])
        # So near their end that the SDKs soon ask again; EKS's own last for hours.
        expiration = datetime.now(UTC) + timedelta(minutes=10)
        credentials = {
            "AccessKeyId": "ASIAPLAYED",
            "SecretAccessKey": "secret",
            "Token": "session",
            "AccountId": "123456789012",
            "Expiration": f"{expiration:%Y-%m-%dT%H:%M:%SZ}",
        }
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(credentials).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Nothing to stderr."""


@dataclass(frozen=True)
class AwsByPodIdentity(Aws):
    """The played AWS, for a container into which EKS put the way to its agent, and no keys."""

    agent: str = ""
    token_file: str = ""

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_REGION": self.region,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{self.agent}/v1/credentials",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": self.token_file,
            # Where the tests run on EC2, that machine's role must not help out.
            "AWS_EC2_METADATA_DISABLED": "true",
        }


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    with Agent(tmp_path / "eks-pod-identity-token") as agent:
        threading.Thread(target=agent.serve_forever, args=(0.05,)).start()
        yield agent
        agent.shutdown()


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[LocalAws]:
    with start_aws(log=tmp_path / "aws.log") as aws:
        for bucket in ("state", "lake"):
            aws_client(aws.address, "s3").create_bucket(Bucket=bucket)
        aws_client(aws.address, "glue").create_database(DatabaseInput={"Name": DATABASE})
        yield aws


@pytest.fixture
def cluster(tmp_path: Path, aws: LocalAws, agent: Agent) -> Iterator[FlinkCluster]:
    """A job that writes numbers into the lake, started as it is declared for EKS."""
    write_job(tmp_path / "jobs", files={"job.sql": SCRIPT}, reads=[])
    (job,) = load_jobs(tmp_path / "jobs", settings())
    region, endpoint = aws.address.region, aws.address.endpoint
    around = replace(
        AROUND,
        files_config_map="script",
        catalog_config_map="catalogs",
        sources_secret=None,
        environment={"DATABASE_ORDERS": DATABASE},
        region=region,
        endpoint=endpoint,
    )
    flink = FlinkSettings(checkpoint_interval="500ms", high_availability=False)
    inputs = {"metadata": {"name": job.name}, "spec": spec(job, flink, around)}
    rest_port, rpc_port = choose(2)
    kind = "kubernetes:flink.apache.org/v1beta1:FlinkDeployment"
    cluster = FlinkCluster(
        Definition(
            job,
            Declared(kind, job.name, inputs, inputs, job.name, real=True),
            tables=(),
            image="",
            config_maps={
                "script": {"job.sql": job.script},
                "catalogs": catalog_files(job, warehouse="lake", region=region, endpoint=endpoint),
            },
            secrets={},
        ),
        source=tmp_path / "jobs" / job.name,
        folder=tmp_path / "flink",
        aws=AwsByPodIdentity(
            endpoint, region, agent=f"http://127.0.0.1:{agent.server_port}", token_file=str(agent.token_file)
        ),
        java=java_home() / "bin" / "java",
        rest_port=rest_port,
        rpc_port=rpc_port,
    )
    cluster.prepare()
    cluster.start()
    yield cluster
    cluster.stop()


def test_state_and_tables_need_no_credentials_but_pod_identitys(
    cluster: FlinkCluster, aws: LocalAws, agent: Agent
) -> None:
    s3 = aws_client(aws.address, "s3")

    def written(bucket: str, pattern: str) -> set[str]:
        keys = [found.get("Key", "") for found in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
        return {key for key in keys if re.fullmatch(pattern, key)}

    def checkpoints() -> set[str]:
        return written("state", r"copy/checkpoints/\w+/chk-\d+/_metadata")

    def commits() -> set[str]:
        return written("lake", r"\S+/copies/metadata/snap-\S+\.avro")

    def wait_for(what: str, happened: Callable[[], object]) -> None:
        deadline = time.monotonic() + 90
        while not happened():
            cluster.check_alive()
            assert time.monotonic() < deadline, (
                f"{what}: not within 90 s; the job's failures: {cluster.rest.failures()}"
            )
            time.sleep(0.1)

    wait_for("a checkpoint and a commit", lambda: checkpoints() and commits())
    assert agent.served == {S3_PLUGIN, ICEBERG}

    agent.replace_token()
    wait_for("credentials for the new token", lambda: agent.served == {S3_PLUGIN, ICEBERG})
    before = checkpoints() | commits()
    wait_for("a checkpoint and a commit with them", lambda: checkpoints() - before and commits() - before)


@pytest.mark.parametrize(
    ("jar", "file", "oldest"),
    [
        ("plugins/s3-fs-hadoop/flink-s3-fs-hadoop-*.jar", "com/amazonaws/sdk/versionInfo.properties", (1, 12, 746)),
        ("lib/iceberg-aws-bundle-*.jar", "META-INF/maven/software.amazon.awssdk/auth/pom.properties", (2, 21, 30)),
    ],
    ids=["s3-plugin", "iceberg"],
)
def test_each_sdk_accepts_the_addresses_of_ekss_agent(jar: str, file: str, oldest: tuple[int, ...]) -> None:
    """EKS user guide: "Use pod identity with the AWS SDK". An agent on 127.0.0.1, as above, older ones accept too."""
    (path,) = flink_jars().glob(jar)
    with zipfile.ZipFile(path) as archive:
        found = re.search(r"^version=([\d.]+)$", archive.read(file).decode(), re.MULTILINE)
    assert found, f"{path.name} does not say its SDK's version"
    assert tuple(map(int, found[1].split("."))) >= oldest
