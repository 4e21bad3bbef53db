from infra.settings.network import Endpoint
from infra.vpc_endpoints import VpcEndpoints
from tests.declared import Cloud, deploy

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


def endpoints(*wanted: Endpoint) -> Cloud:
    return deploy(
        lambda: VpcEndpoints(
            "network",
            wanted,
            region="eu-west-1",
            vpc_id="vpc-1",
            cidr="10.64.0.0/16",
            route_table_ids=["rtb-a", "rtb-b"],
            subnet_ids=["subnet-a", "subnet-b"],
        )
    )


def test_s3_never_goes_through_a_nat_gateway() -> None:
    cloud = endpoints()
    assert cloud.names(ENDPOINT) == ["network-s3"]
    assert cloud.inputs(ENDPOINT, "network-s3") == {
        "vpcId": "vpc-1",
        "serviceName": "com.amazonaws.eu-west-1.s3",
        "vpcEndpointType": "Gateway",
        "routeTableIds": ["rtb-a", "rtb-b"],
    }


def test_a_service_that_the_stack_asks_for_has_an_interface_in_every_zone() -> None:
    inputs = endpoints("secretsmanager").inputs(ENDPOINT, "network-secretsmanager")
    assert (inputs["serviceName"], inputs["vpcEndpointType"]) == (
        "com.amazonaws.eu-west-1.secretsmanager",
        "Interface",
    )
    assert inputs["subnetIds"] == ["subnet-a", "subnet-b"]
    # Clients need no configuration: the service's own name leads to the interface.
    assert inputs["privateDnsEnabled"] is True


def test_ecr_is_two_services() -> None:
    cloud = endpoints("ecr", "logs")
    assert sorted(cloud.names(ENDPOINT)) == ["network-ecr-api", "network-ecr-dkr", "network-logs", "network-s3"]


def test_interfaces_take_https_from_the_vpc_alone() -> None:
    cloud = endpoints("ecr")
    (group,) = cloud.program.of_kind("SecurityGroup")
    assert "egress" not in group.inputs
    rule = cloud.inputs(RULE, "network-endpoints")
    assert (rule["cidrIpv4"], rule["ipProtocol"], rule["fromPort"], rule["toPort"]) == ("10.64.0.0/16", "tcp", 443, 443)
    for name in ("network-ecr-api", "network-ecr-dkr"):
        assert cloud.inputs(ENDPOINT, name)["securityGroupIds"] == [group.id]
