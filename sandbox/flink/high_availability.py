"""Two JobManagers for a job, of which ZooKeeper elects the leader; on the platform, Kubernetes does that.

Flink docs: "ZooKeeper HA Services".
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class HighAvailability:
    """Where ZooKeeper is, and the ports of the second JobManager."""

    quorum: str
    rest_port: int
    rpc_port: int

    def options(self, job: str, configuration: Mapping[str, str]) -> dict[str, str]:
        """What all processes of a job have over its `configuration`."""
        checkpoints = configuration["state.checkpoints.dir"]
        return {
            "high-availability.type": "zookeeper",
            "high-availability.zookeeper.quorum": self.quorum,
            "high-availability.cluster-id": f"/{job}",
            # As infra/flink_configuration.py has it where the stack says that it is highly available.
            "high-availability.storageDir": f"{checkpoints.rpartition('/')[0]}/ha",
            # So long a killed leader counts as one: the longest that sandbox/zookeeper.py grants.
            "high-availability.zookeeper.client.session-timeout": "10 s",
            # A ZooKeeper that is back within that time costs nobody the leadership.
            "high-availability.zookeeper.client.tolerate-suspended-connections": "true",
        }


def dynamic(options: Mapping[str, str]) -> list[str]:
    """As arguments of a Flink process."""
    return [part for key, value in options.items() for part in ("-D", f"{key}={value}")]
