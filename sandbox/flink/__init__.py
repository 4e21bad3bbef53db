"""FlinkDeployments as processes on this machine."""
