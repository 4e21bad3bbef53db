import json

from infra.flow_logs import FlowLogs
from tests.declared import deploy

CLOUD = deploy(lambda: FlowLogs("network", vpc_id="vpc-1", retention_days=14))


def test_every_connection_is_logged_for_as_long_as_the_stack_says() -> None:
    log = CLOUD.inputs("aws:ec2/flowLog:FlowLog", "network")
    group = CLOUD.inputs("aws:cloudwatch/logGroup:LogGroup", "network-flow-logs")
    assert (log["vpcId"], log["trafficType"], log["maxAggregationInterval"]) == ("vpc-1", "ALL", 60)
    assert log["logDestination"].endswith(":log-group:network-flow-logs")
    assert group["retentionInDays"] == 14


def test_the_vpc_can_write_to_its_own_log_group_and_nothing_else() -> None:
    role = CLOUD.inputs("aws:iam/role:Role", "network-flow-logs")
    (trust,) = json.loads(role["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    (statement,) = json.loads(CLOUD.inputs("aws:iam/rolePolicy:RolePolicy", "network-flow-logs")["policy"])["Statement"]
    group = CLOUD.inputs("aws:ec2/flowLog:FlowLog", "network")["logDestination"]
    assert statement["Resource"] == [f"{group}:*"]
    assert set(statement["Action"]) == {"logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"}


def test_the_log_starts_once_it_may_be_written() -> None:
    (log,) = CLOUD.program.of_kind("FlowLog")
    assert any("RolePolicy" in urn for urn in log.dependencies)
