"""Every finding that stands, with its reason. A skip that no longer applies fails its test."""

from tests.scanners.findings import Skip

_FLINK_PODS = "kubernetes/*/FlinkDeployment-*manager.yaml"

_BY_ARGUMENT = ("images/job-java/Dockerfile", "images/job-python/Dockerfile", "images/weborders/Dockerfile")
"""Images whose base is a build argument."""

CHECKOV = (
    *(Skip("CKV_DOCKER_2", image, "Kubernetes does not look at HEALTHCHECK.") for image in _BY_ARGUMENT),
    *(
        Skip(
            "CKV_DOCKER_7",
            image,
            "The base image is a build argument without a default, which checkov takes for 'latest'; it is given by "
            "digest.",
        )
        for image in _BY_ARGUMENT
    ),
    Skip(
        "CKV_K8S_8",
        _FLINK_PODS,
        "Liveness is Flink's own: the JobManager replaces a TaskManager whose heartbeat stops, and the operator makes "
        "a cluster anew that restarts too often or gets no checkpoint done (kubernetes.operator.cluster.health-check). "
        "A probe would kill a JVM for a long garbage collection, and set the whole job back with it.",
    ),
    Skip(
        "CKV_K8S_9",
        _FLINK_PODS,
        "No requests are routed by readiness: Flink's processes find each other through its own registration, and the "
        "operator asks the REST API until it answers.",
    ),
    Skip(
        "CKV_K8S_35",
        _FLINK_PODS,
        "ADR 0002: source credentials reach a job as environment variables, which scripts name as ${source.key}.",
    ),
    Skip(
        "CKV_K8S_38",
        _FLINK_PODS,
        "The JobManager makes its TaskManagers' pods and leads through ConfigMaps, where TaskManagers read who leads "
        "(Flink docs: native Kubernetes, Kubernetes HA). Both need the token; infra/job_identity.py lists its rights.",
    ),
    Skip(
        "CKV_K8S_40",
        _FLINK_PODS,
        "9999 is the user that Flink's official image is built for: it owns what Flink writes to.",
    ),
    Skip(
        "CKV_K8S_38",
        "kubernetes/*/Deployment-metrics-collector.yaml",
        "It finds the jobs' pods by asking the Kubernetes API; infra/metrics_collector.py lists its rights.",
    ),
    Skip(
        "CKV_DOCKER_2",
        "images/flink/Dockerfile",
        "Kubernetes does not look at HEALTHCHECK, and one image is both JobManager and TaskManager, whose health "
        "differs.",
    ),
    Skip(
        "CKV_DOCKER_7",
        "images/flink/Dockerfile",
        "The base image is a build argument without a default, which checkov takes for 'latest'; infra/versions.py "
        "pins it by digest.",
    ),
)

HADOLINT: tuple[Skip, ...] = ()

PARLIAMENT = (
    Skip(
        "RESOURCE_STAR",
        "*/aws:kms/key:Key/*.policy",
        "In a key policy '*' is the key itself (KMS developer guide, 'Key policies').",
    ),
    Skip(
        "PERMISSIONS_MANAGEMENT_ACTIONS",
        "*/aws:kms/key:Key/*.policy",
        "AWS's default key policy: the account's IAM policies say who may do what; without it a key can become "
        "unmanageable (KMS developer guide, 'Default key policy').",
    ),
    Skip(
        "CREDENTIALS_EXPOSURE",
        "*/aws:iam/role:Role/*.assumeRolePolicy",
        "A trust policy is where sts:AssumeRole belongs: it says who may take the role.",
    ),
)

ZIZMOR: tuple[Skip, ...] = (
    Skip(
        "self-repository",
        ".github/workflows/*.yml",
        "'./' is the checkout of the commit that runs, and what every release of Actions Runner knows.",
    ),
)
