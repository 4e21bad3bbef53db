"""Stack files that can't be deployed: each is refused before a cloud is asked anything, with file, path and remedy."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from infra.errors import ConfigurationError
from infra.settings import parse_settings
from sandbox.program import read_settings
from tests.declared import PROJECT, document, settings

ROLE = "arn:aws:iam::123456789012:role/data"
TAGS = {"domain": {"values": ["orders", "sales"]}}


def refusal(**changes: Any) -> str:
    with pytest.raises(ConfigurationError) as error:
        parse_settings(document(**changes), stack="test")
    return str(error.value)


def said(path: str, problem: str) -> str:
    return f"Pulumi.test.yaml: config.flink-lakehouse:settings.{path}: {problem}"


def cluster(**changes: Any) -> dict[str, Any]:
    return {"cluster": {"name": "test", **changes}}


def nodes(kind: str, **changes: Any) -> dict[str, Any]:
    return cluster(nodes={kind: changes})


def grant(**changes: Any) -> dict[str, Any]:
    return {
        "teams": {"analysts": {}, "science": {}},
        "access": {"tags": TAGS, "grants": [{"tags": {"domain": ["orders"]}, **changes}]},
    }


def existing_vpc(**beside: Any) -> dict[str, Any]:
    existing = {"vpc_id": "vpc-1", "private_subnet_ids": ["subnet-1", "subnet-2"]}
    return {"network": {"existing": existing, **beside}}


GATEWAY = {"id": "tgw-1", "cidrs": ["10.0.0.0/16", "10.64.8.0/24"]}
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an account that is none": (
        {"aws": {"region": "eu-west-1", "account": "1234"}},
        said("aws.account", "'1234' is not an account's twelve digits in quotes"),
    ),
    "an account without its quotes": (
        {"aws": {"region": "eu-west-1", "account": 123456789012}},
        said("aws.account", "'123456789012' is not an account's twelve digits in quotes"),
    ),
    "a played AWS without a cluster": (
        {"aws": {"region": "eu-west-1", "endpoint": "http://localhost:4566"}},
        said("cluster.existing", "missing; where AWS is played (aws.endpoint) there is no EKS"),
    ),
    "pods that would ask another AWS than the program": (
        {"aws": {"region": "eu-west-1", "pod_endpoint": "http://aws:5000"}},
        said("aws.pod_endpoint", "no effect without endpoint: pods ask AWS itself; remove it"),
    ),
    "a region that is none": (
        {"aws": {"region": "Dublin"}},
        said("aws.region", "'Dublin' is not a region like 'eu-west-1'"),
    ),
    "one zone": (
        {"network": {"zones": ["a"]}},
        said("network.zones", "List should have at least 2 items after validation, not 1 (it is ['a'])"),
    ),
    "a zone twice": (
        {"network": {"zones": ["a", "b", "a"]}},
        said("network.zones", "'a' stands here twice; remove one of them (it is ['a', 'b', 'a'])"),
    ),
    "an endpoint twice": (
        {"network": {"endpoints": ["ecr", "ecr"]}},
        said("network.endpoints", "'ecr' stands here twice; remove one of them (it is ['ecr', 'ecr'])"),
    ),
    "addresses that are no network": (
        {"network": {"cidr": "10.64.0.1/16"}},
        said(
            "network.cidr", "'10.64.0.1/16' is not an IPv4 network like '10.64.0.0/16': 10.64.0.1/16 has host bits set"
        ),
    ),
    "a VPC that is too small": (
        {"network": {"cidr": "10.64.0.0/21"}},
        said("network.cidr", "10.64.0.0/21 must be a /16 to a /20: larger is not a VPC's, smaller has no room"),
    ),
    "a VPC with the addresses of others": (
        {"network": {"cidr": "8.8.0.0/16"}},
        said(
            "network.cidr",
            "8.8.0.0/16 belongs to others on the internet; take one of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16",
        ),
    ),
    "a VPC over what the transit gateway leads to": (
        {"network": {"transit_gateway": GATEWAY}},
        said(
            "network.cidr",
            "10.64.0.0/16 overlaps 10.64.8.0/24 of transit_gateway.cidrs, which could not be reached; "
            "choose another one",
        ),
    ),
    "services over the VPC": (
        cluster(service_cidr="10.64.64.0/20"),
        said(
            "cluster.service_cidr",
            "10.64.64.0/20 overlaps 10.64.0.0/16 of network, which pods could then not reach; choose another one",
        ),
    ),
    "services over what the transit gateway leads to": (
        {"network": {"cidr": "10.80.0.0/16", "transit_gateway": GATEWAY}, **cluster(service_cidr="10.0.128.0/20")},
        said(
            "cluster.service_cidr",
            "10.0.128.0/20 overlaps 10.0.0.0/16 of network, which pods could then not reach; choose another one",
        ),
    ),
    "services beyond what EKS takes": (
        cluster(service_cidr="10.100.0.0/25"),
        said(
            "cluster.service_cidr",
            "10.100.0.0/25 must be a /12 to a /24 within one of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16",
        ),
    ),
    "an API server for the world": (
        cluster(api_cidrs=["203.0.113.0/24", "0.0.0.0/0"]),
        said("cluster.api_cidrs", "0.0.0.0/0 is much of the internet; name the networks that need it"),
    ),
    "an API server on the internet for a private network": (
        cluster(api_cidrs=["10.0.0.0/8"]),
        said(
            "cluster.api_cidrs",
            "10.0.0.0/8 is private: the private endpoint serves it without this, if a route leads there",
        ),
    ),
    "one who may do everything and only look": (
        cluster(admins=[ROLE], viewers=[ROLE]),
        said("cluster.viewers", f"{ROLE} stands in admins too; EKS has one access entry a role"),
    ),
    "one admin twice": (
        cluster(admins=[ROLE, ROLE]),
        said("cluster.admins", f"'{ROLE}' stands here twice; remove one of them"),
    ),
    "Graviton where x86 is asked for": (
        nodes("taskmanagers", architecture="amd64", families=["m7i", "r8g"]),
        said(
            "cluster.nodes.taskmanagers.families",
            "r8g is arm64, and architecture says amd64; change one of them",
        ),
    ),
    "x86 where Graviton is asked for": (
        nodes("steady", families=["m7g", "c7a"]),
        said("cluster.nodes.steady.families", "c7a is amd64, and architecture says arm64; change one of them"),
    ),
    "a size instead of a family": (
        nodes("taskmanagers", families=["r8g.xlarge"]),
        said(
            "cluster.nodes.taskmanagers.families[0]",
            "'r8g.xlarge' is not an instance family like 'r8g' or 'm7i'",
        ),
    ),
    "NVMe where there is none": (
        nodes("taskmanagers", families=["r8gd", "r8g"], local_state="nvme"),
        said(
            "cluster.nodes.taskmanagers.families",
            "r8g has no NVMe disk, and local_state says nvme; take families like r8gd, or gp3",
        ),
    ),
    "spot for what must stay": (
        nodes("steady", families=["m7g"], spot=True),
        said(
            "cluster.nodes.steady.spot",
            "JobManagers and operators run on on-demand nodes; use nodes.taskmanagers.spot",
        ),
    ),
    "a key beside an existing VPC": (
        existing_vpc(nat="per-zone"),
        said("network.nat", "no effect on an existing VPC; remove it, or remove network.existing"),
    ),
    "one subnet of an existing VPC": (
        {"network": {"existing": {"vpc_id": "vpc-1", "private_subnet_ids": ["subnet-1"]}}},
        said(
            "network.existing.private_subnet_ids",
            "List should have at least 2 items after validation, not 1 (it is ['subnet-1'])",
        ),
    ),
    "a key beside an existing cluster": (
        cluster(existing={}, version="1.36"),
        said("cluster.version", "no effect on an existing cluster; remove it, or remove cluster.existing"),
    ),
    "a network beside an existing cluster": (
        {"network": {"nat": "one"}, **cluster(existing={})},
        said("network", "no effect with cluster.existing, which has its own; remove one of them"),
    ),
    "two ways to an existing cluster": (
        cluster(existing={"kubeconfig_secret": "kube", "context": "kind"}),
        said(
            "cluster.existing",
            "give kubeconfig_secret or context, not both: each names a way to the cluster",
        ),
    ),
    "an operator that we do not know": (
        cluster(existing={"provides": ["prometheus"]}),
        said(
            "cluster.existing.provides[0]",
            "Input should be 'cert-manager', 'external-secrets' or 'flink-operator' (it is 'prometheus')",
        ),
    ),
    "a grant to a team that nobody declared": (
        grant(team="analyst"),
        said("access.grants[0].team", "there is no team 'analyst' in teams; did you mean 'analysts'?"),
    ),
    "a grant by a tag that nobody declared": (
        grant(team="analysts", tags={"domian": ["orders"]}),
        said("access.grants[0].tags.domian", "access.tags has no tag 'domian'; did you mean 'domain'?"),
    ),
    "a grant by a value that the tag does not have": (
        grant(team="analysts", tags={"domain": ["orders", "hr"]}),
        said("access.grants[0].tags.domain", "access.tags.domain has no value 'hr'; known: orders, sales"),
    ),
    "a grant to nobody": (
        grant(),
        said("access.grants[0]", "a grant is to a team or to an account: give one of both"),
    ),
    "a database with a tag that nobody declared": (
        {"databases": {"orders": {"name": "orders", "tags": {"domain": "orders"}}}},
        said("databases.orders.tags.domain", "access.tags has no tag 'domain'; there is none"),
    ),
    "two teams with one workgroup": (
        {"teams": {"analysts": {}, "science": {"workgroup": "analysts"}}},
        said("teams.science", "analysts and science share the workgroup 'analysts'; each needs its own"),
    ),
    "administrators of settings that the stack does not own": (
        {"access": {"admins": [ROLE]}},
        said("access", "admins has no effect without owns_account_settings: they are the account's, not the stack's"),
    ),
    "an image by its tag": (
        {"image": {"reference": "ghcr.io/us/flink:1.20"}},
        said("image.reference", "'ghcr.io/us/flink:1.20' is not an image by digest, '<repository>@sha256:<64 digits>'"),
    ),
    "a session instead of its role": (
        cluster(admins=["arn:aws:sts::123456789012:assumed-role/data/anna"]),
        said(
            "cluster.admins[0]",
            "'arn:aws:sts::123456789012:assumed-role/data/anna' is not a role's or user's ARN like "
            "'arn:aws:iam::123456789012:role/data'",
        ),
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_with_file_path_and_remedy(what: str) -> None:
    changes, message = REFUSED[what]
    assert refusal(**changes).startswith(message)


def test_a_zone_letter_that_no_region_has_is_refused_with_those_that_some_have() -> None:
    message = refusal(network={"zones": ["a", "z"]})
    assert message.startswith(said("network.zones[1]", "Input should be 'a', 'b', 'c', 'd', 'e' or 'f'"))


def test_where_the_mistake_is_of_a_whole_block_the_line_is_that_of_the_key(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.dev.yaml"
    shutil.copy(PROJECT / file.name, file)
    text = file.read_text()
    file.write_text(text.replace("      zones: [a, b]", "      zones: [a, b]\n      cidr: 10.0.0.0/21"))
    line = file.read_text().splitlines().index("      cidr: 10.0.0.0/21") + 1
    with pytest.raises(ConfigurationError, match=rf"^Pulumi\.dev\.yaml:{line}: .*network\.cidr: 10\.0\.0\.0/21 must"):
        read_settings(tmp_path, "dev")


@pytest.mark.parametrize("family", ["r8gd", "c6id", "i8g", "i4i", "im4gn", "is4gen", "m5dn", "x2idn"])
def test_families_with_a_disk_of_their_own_are_known(family: str) -> None:
    architecture = "arm64" if "g" in family else "amd64"
    taken = nodes("taskmanagers", families=[family], architecture=architecture, local_state="nvme")
    assert settings(**taken).cluster.nodes.taskmanagers.families == [family]


@pytest.mark.parametrize(
    ("family", "architecture"),
    [
        ("g4dn", "amd64"),
        ("g5g", "arm64"),
        ("m7i-flex", "amd64"),
        ("c7gn", "arm64"),
        ("a1", "arm64"),
        ("hpc7a", "amd64"),
    ],
)
def test_the_architecture_is_read_off_the_family(family: str, architecture: str) -> None:
    taken = nodes("taskmanagers", families=[family], architecture=architecture)
    assert settings(**taken).cluster.nodes.taskmanagers.architecture == architecture
