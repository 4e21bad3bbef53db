"""What local/aws/gaps.py adds to moto, asked for as the AWS provider does, and forgotten when it is removed."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.addresses import Aws
from sandbox.aws.local import aws_client

ROLE = "arn:aws:iam::123456789012:role/analysts"
PRINCIPAL = {"DataLakePrincipalIdentifier": ROLE}


def refused(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return error.value.response.get("Error", {}).get("Code", "")


def test_secrets_are_there_from_the_start(aws: Aws) -> None:
    client = aws_client(aws, "secretsmanager")
    for name, port in (("local/erpdb", 3306), ("local/shipdb", 5432)):
        content = json.loads(client.get_secret_value(SecretId=name)["SecretString"])
        assert content.keys() == {"host", "port", "username", "password"}
        assert content["port"] == port


def test_pod_identity_associations(aws: Aws) -> None:
    eks = aws_client(aws, "eks")
    asked = {"clusterName": "local", "namespace": "flink", "serviceAccount": "job", "roleArn": ROLE}
    made = eks.create_pod_identity_association(**asked, tags={"stack": "local"})["association"]
    which = {"clusterName": "local", "associationId": made["associationId"]}
    assert eks.describe_pod_identity_association(**which)["association"] == made
    assert asked.items() <= made.items()
    changed = eks.update_pod_identity_association(**which, roleArn=f"{ROLE}-2")["association"]
    assert changed["roleArn"] == f"{ROLE}-2"
    eks.delete_pod_identity_association(**which)
    assert refused(eks.describe_pod_identity_association, **which) == "ResourceNotFoundException"


def test_table_optimizers(aws: Aws) -> None:
    glue: Any = aws_client(aws, "glue")
    glue.create_database(DatabaseInput={"Name": "optimized"})
    which = {"CatalogId": "123456789012", "DatabaseName": "optimized", "TableName": "orders", "Type": "compaction"}
    compaction = {"icebergConfiguration": {"strategy": "binpack"}}
    configuration = {"roleArn": ROLE, "enabled": True, "compactionConfiguration": compaction}
    assert refused(glue.create_table_optimizer, **which, TableOptimizerConfiguration=configuration) == (
        "EntityNotFoundException"
    )
    glue.create_table(DatabaseName="optimized", TableInput={"Name": "orders"})
    glue.create_table_optimizer(**which, TableOptimizerConfiguration=configuration)
    found = glue.get_table_optimizer(**which)["TableOptimizer"]
    assert (found["type"], found["configuration"]) == ("compaction", configuration)
    glue.update_table_optimizer(**which, TableOptimizerConfiguration={**configuration, "enabled": False})
    assert not glue.get_table_optimizer(**which)["TableOptimizer"]["configuration"]["enabled"]
    glue.delete_table_optimizer(**which)
    assert refused(glue.get_table_optimizer, **which) == "EntityNotFoundException"


def test_opt_ins_to_lake_formation(aws: Aws) -> None:
    client = aws_client(aws, "lakeformation")
    tables: Any = {"Principal": PRINCIPAL, "Resource": {"Table": {"DatabaseName": "orders", "TableWildcard": {}}}}
    database: Any = {"Principal": PRINCIPAL, "Resource": {"Database": {"Name": "orders"}}}
    for opt_in in (tables, database):
        client.create_lake_formation_opt_in(**opt_in)
    assert client.list_lake_formation_opt_ins(**tables)["LakeFormationOptInsInfoList"] == [tables]
    assert len(client.list_lake_formation_opt_ins(Principal=PRINCIPAL)["LakeFormationOptInsInfoList"]) == 2
    client.delete_lake_formation_opt_in(**tables)
    assert client.list_lake_formation_opt_ins(**tables)["LakeFormationOptInsInfoList"] == []
    assert refused(client.delete_lake_formation_opt_in, **tables) == "EntityNotFoundException"


def test_a_location_stays_in_the_mode_that_it_was_registered_in(aws: Aws) -> None:
    client = aws_client(aws, "lakeformation")
    for hybrid in (True, False):
        arn = f"arn:aws:s3:::warehouse-{hybrid}"
        client.register_resource(ResourceArn=arn, RoleArn=ROLE, HybridAccessEnabled=hybrid)
        assert client.describe_resource(ResourceArn=arn)["ResourceInfo"]["HybridAccessEnabled"] is hybrid


def test_permissions_are_found_by_lf_tag_and_otherwise_as_before(aws: Aws) -> None:
    client = aws_client(aws, "lakeformation")
    client.create_lf_tag(TagKey="domain", TagValues=["orders", "sales"])
    granted = {
        name: {"LFTagPolicy": {"ResourceType": "DATABASE", "Expression": [{"TagKey": "domain", "TagValues": [name]}]}}
        for name in ("orders", "sales")
    }
    location = {"DataLocation": {"ResourceArn": "arn:aws:s3:::warehouse/orders"}}
    for resource in granted.values():
        client.grant_permissions(Principal=PRINCIPAL, Permissions=["DESCRIBE"], Resource=resource)
    client.grant_permissions(Principal=PRINCIPAL, Permissions=["DATA_LOCATION_ACCESS"], Resource=location)
    for resource in (*granted.values(), location):
        found = client.list_permissions(Principal=PRINCIPAL, Resource=resource)["PrincipalResourcePermissions"]
        assert [each["Resource"] for each in found] == [resource]


def test_composite_alarms(aws: Aws) -> None:
    client = aws_client(aws, "cloudwatch")
    asked = {
        "AlarmName": "not-delivering",
        "AlarmRule": 'ALARM("stale")',
        "ActionsSuppressor": "no-metrics",
        "ActionsSuppressorWaitPeriod": 180,
        "ActionsSuppressorExtensionPeriod": 300,
    }
    client.put_composite_alarm(**asked)
    (found,) = client.describe_alarms(AlarmNames=["not-delivering"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert asked.items() <= found.items()
    client.delete_alarms(AlarmNames=["not-delivering"])
    assert not client.describe_alarms(AlarmNames=["not-delivering"])["CompositeAlarms"]


def test_workgroups_and_queries_can_be_changed_and_removed(aws: Aws) -> None:
    athena: Any = aws_client(aws, "athena")
    location = {"OutputLocation": "s3://results/analysts/"}
    athena.create_work_group(Name="analysts", Configuration={"ResultConfiguration": location})
    number = athena.create_named_query(Name="n", Database="d", QueryString="SELECT 1", WorkGroup="analysts")
    updates = {"BytesScannedCutoffPerQuery": 10**9, "ResultConfigurationUpdates": {"OutputLocation": "s3://other/"}}
    athena.update_work_group(WorkGroup="analysts", ConfigurationUpdates=updates)
    found = athena.get_work_group(WorkGroup="analysts")["WorkGroup"]["Configuration"]
    assert found["BytesScannedCutoffPerQuery"] == 10**9
    assert found["ResultConfiguration"] == {"OutputLocation": "s3://other/"}
    athena.delete_named_query(NamedQueryId=number["NamedQueryId"])
    assert not athena.list_named_queries(WorkGroup="analysts")["NamedQueryIds"]


def test_a_state_machine_is_validated(aws: Aws) -> None:
    states = aws_client(aws, "stepfunctions")
    definition = json.dumps({"StartAt": "end", "States": {"end": {"Type": "Succeed"}}})
    assert states.validate_state_machine_definition(definition=definition)["result"] == "OK"
