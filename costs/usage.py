"""What the program can't tell: how much is written, kept and asked for. Assumptions, each with its reason.

Requests and sizes of a checkpoint are no assumptions but counted, in `checkpoints.py`.
"""

from typing import Annotated

from pydantic import Field

from infra.validation import Strict

HOURS = 730
"""Of a month."""
DAYS = HOURS / 24
SECONDS = HOURS * 3600

_Amount = Annotated[float, Field(ge=0)]


class Usage(Strict):
    """By the month, unless it says otherwise. Descriptions stand in docs/costs.md."""

    changes_per_second: _Amount = 50
    """Changes that a job applies to each of its tables in a second, day and night: what the demo does."""
    table_gb: _Amount = 50
    """Live data of a table, in GB."""
    rewritten_gb_per_day: _Amount = 5
    """What compaction writes anew of a table in a day, in GB: a tenth of it. Grows with how widely changes are
    spread."""
    state_gb: _Amount = 2
    """State of a job in its checkpoints, in GB: that of a join holds both sides."""
    compaction_dpu_minutes: _Amount = 4
    """DPU minutes of a run of compaction, which comes with every 100 data files (Glue guide: "Compaction
    optimization"): two DPUs for two minutes. Glue doesn't say how long a run takes, so this is the least certain number
    of all."""
    retention_dpu_minutes: _Amount = 4
    """DPU minutes of a run of snapshot retention."""
    orphan_dpu_minutes: _Amount = 6
    """DPU minutes of a run of orphan file deletion, once a day."""
    scanned_tb: _Amount = 0.5
    """What a team's queries scan, in TB."""
    checked_gb: _Amount = 5
    """What one check of a table's expectations scans, in GB: the columns that they name, a tenth of the table."""
    results_gb: _Amount = 5
    """Results of a team's queries that are kept, in GB."""
    spot_price: Annotated[float, Field(gt=0, le=1)] = 0.4
    """Spot price of an instance, as a share of its on-demand price: it moves, by type, zone and hour."""
    nat_gb: _Amount = 30
    """Through NAT gateways, in GB, whatever jobs run: images of nodes and operators, their calls of AWS."""
    job_nat_gb: _Amount = 150
    """Through NAT gateways for a job, in GB: the changes of its sources where these are outside of the VPC (50 a second
    of 1 kB are 130 GB), and its calls of Glue. S3 has an endpoint of its own."""
    endpoint_gb: _Amount = 5
    """Through each interface endpoint, in GB."""
    job_zone_gb: _Amount = 50
    """Between zones for a job, in GB: its pods may be in different ones, and so may the NAT gateway."""
    node_flow_log_gb: _Amount = 0.5
    """The VPC's flow logs for each node, in GB."""
    control_plane_log_gb: _Amount = 20
    """The control plane's logs, in GB, most of them the audit log. A busy cluster of somebody else's wrote 100 GB."""
    job_control_plane_log_gb: _Amount = 1.5
    """And for each job with high availability, in GB: its leader renews its lease every few seconds."""
    job_metric_log_gb: _Amount = 0.8
    """Log lines that carry a job's metrics, in GB: twice a minute."""
    broker_metrics: Annotated[int, Field(ge=0)] = 50
    """Metrics of each Kafka broker at the level 'per-broker' that the free level does not have: roughly as many as the
    MSK developer guide lists."""
    broker_log_gb: _Amount = 1
    """Logs of each Kafka broker, in GB."""
    image_gb: _Amount = 2.5
    """Images in each ECR repository, in GB; builds share most layers."""
