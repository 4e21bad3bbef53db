"""Makes declared AWS resources real in the played AWS, each with the arguments that the program gave it."""

from collections.abc import Callable
from difflib import get_close_matches

from botocore.exceptions import ClientError

from sandbox.addresses import Aws
from sandbox.aws.clients import Clients, Maker
from sandbox.aws.local import aws_client
from sandbox.aws.provision_s3 import S3_MAKERS
from sandbox.cloud import Declared, NotFound, Properties, computed, identity

REAL_ON_KUBERNETES = {"ConfigMap", "ExternalSecret", "FlinkDeployment", "FlinkSessionJob"}
"""Kubernetes objects that exist here as files, variables and processes: `flink.py` makes them."""


class PlayedCloud:
    """AWS played by moto, and of Kubernetes what one machine can be; the rest is declared only."""

    def __init__(self, aws: Aws) -> None:
        self._clients = Clients(
            region=aws.region,
            athena=aws_client(aws, "athena"),
            glue=aws_client(aws, "glue"),
            iam=aws_client(aws, "iam"),
            kms=aws_client(aws, "kms"),
            s3=aws_client(aws, "s3"),
            secretsmanager=aws_client(aws, "secretsmanager"),
        )

    def create(self, type_: str, name: str, inputs: Properties) -> Declared:
        id_, outputs = computed(type_, name, inputs, self._clients.region)
        make = _MAKERS.get(type_)
        if make is not None:
            outputs |= make(self._clients, id_, inputs)
            id_ = str(outputs.get("id", id_))
        return Declared(type_, name, inputs, outputs, id_, self.is_real(type_))

    def make_again(self, type_: str, name: str, inputs: Properties, before: Declared | None) -> None:
        """A resource that is new, or, of those in `MADE_AGAIN`, stands for what was made `before`."""
        if before is not None:
            MADE_AGAIN[type_](self._clients, before)
        self.create(type_, name, inputs)

    def is_real(self, type_: str) -> bool:
        """Whether it exists on this machine."""
        return is_made(type_) or (type_.startswith("kubernetes:") and type_.rsplit(":", 1)[-1] in REAL_ON_KUBERNETES)

    def invoke(self, token: str, arguments: Properties) -> Properties:
        known = identity(token, self._clients.region)
        if known is not None:
            return known
        if token == "aws:secretsmanager/getSecret:getSecret":
            return _secret(self._clients, str(arguments.get("name") or arguments["arn"]))
        raise NotFound(f"the sandbox cannot answer the look-up {token}")


def _secret(clients: Clients, name: str) -> Properties:
    try:
        found = clients.secretsmanager.describe_secret(SecretId=name)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ResourceNotFoundException":
            raise
        names = [secret["Name"] for secret in clients.secretsmanager.list_secrets()["SecretList"]]
        near = get_close_matches(name, names, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(sorted(names))}"
        raise NotFound(f"no such entry; {hint}") from None
    return {"name": found["Name"], "arn": found["ARN"], "id": found["ARN"], "kmsKeyId": found.get("KmsKeyId", "")}


def _key(clients: Clients, _: str, inputs: Properties) -> Properties:
    made = clients.kms.create_key(Description=inputs.get("description", ""), Policy=inputs["policy"])["KeyMetadata"]
    if inputs.get("enableKeyRotation"):
        clients.kms.enable_key_rotation(KeyId=made["KeyId"])
    return {"id": made["KeyId"], "keyId": made["KeyId"], "arn": made["Arn"]}


def _key_alias(clients: Clients, _: str, inputs: Properties) -> Properties:
    clients.kms.create_alias(AliasName=inputs["name"], TargetKeyId=inputs["targetKeyId"])
    return {}


def _glue_database(clients: Clients, _: str, inputs: Properties) -> Properties:
    database = {"Name": inputs["name"], "LocationUri": inputs["locationUri"]}
    if "description" in inputs:
        database["Description"] = inputs["description"]
    if "createTableDefaultPermissions" in inputs:
        database["CreateTableDefaultPermissions"] = [
            {
                "Permissions": each["permissions"],
                "Principal": {"DataLakePrincipalIdentifier": each["principal"]["dataLakePrincipalIdentifier"]},
            }
            for each in inputs["createTableDefaultPermissions"]
        ]
    clients.glue.create_database(DatabaseInput=database)
    return {}


def _workgroup(clients: Clients, _: str, inputs: Properties) -> Properties:
    given = inputs["configuration"]
    result = given["resultConfiguration"]
    encryption = result["encryptionConfiguration"]
    clients.athena.create_work_group(
        Name=inputs["name"],
        Description=inputs["description"],
        Configuration={
            "EnforceWorkGroupConfiguration": given["enforceWorkgroupConfiguration"],
            "PublishCloudWatchMetricsEnabled": given["publishCloudwatchMetricsEnabled"],
            "BytesScannedCutoffPerQuery": given["bytesScannedCutoffPerQuery"],
            "EngineVersion": {"SelectedEngineVersion": given["engineVersion"]["selectedEngineVersion"]},
            "ResultConfiguration": {
                "OutputLocation": result["outputLocation"],
                "EncryptionConfiguration": {
                    "EncryptionOption": encryption["encryptionOption"],
                    "KmsKey": encryption["kmsKeyArn"],
                },
            },
        },
    )
    return {}


def _named_query(clients: Clients, _: str, inputs: Properties) -> Properties:
    made = clients.athena.create_named_query(
        Name=inputs["name"],
        Description=inputs["description"],
        Database=inputs["database"],
        WorkGroup=inputs["workgroup"],
        QueryString=inputs["query"],
    )
    return {"id": made["NamedQueryId"]}


def _role(clients: Clients, name: str, inputs: Properties) -> Properties:
    made = clients.iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=inputs["assumeRolePolicy"], Description=inputs.get("description", "")
    )["Role"]
    return {"id": name, "name": name, "arn": made["Arn"]}


def _role_policy(clients: Clients, name: str, inputs: Properties) -> Properties:
    clients.iam.put_role_policy(RoleName=inputs["role"], PolicyName=name, PolicyDocument=inputs["policy"])
    return {}


_MAKERS: dict[str, Maker] = {
    "aws:athena/namedQuery:NamedQuery": _named_query,
    "aws:athena/workgroup:Workgroup": _workgroup,
    "aws:glue/catalogDatabase:CatalogDatabase": _glue_database,
    "aws:iam/role:Role": _role,
    "aws:iam/rolePolicy:RolePolicy": _role_policy,
    "aws:kms/alias:Alias": _key_alias,
    "aws:kms/key:Key": _key,
    **S3_MAKERS,
}
"""Resource types that are real here; the others are declared only. Of those one might look for, all of Lake Formation:
moto would keep its grants, and nobody would heed them."""


def is_made(type_: str) -> bool:
    """Whether the played AWS has such resources."""
    return type_ in _MAKERS


def _nothing(_: Clients, __: Declared) -> None:
    """What is put is put over what was there."""


def _delete_named_query(clients: Clients, before: Declared) -> None:
    clients.athena.delete_named_query(NamedQueryId=before.id)


MADE_AGAIN: dict[str, Callable[[Clients, Declared], None]] = {
    "aws:athena/namedQuery:NamedQuery": _delete_named_query,
    "aws:iam/rolePolicy:RolePolicy": _nothing,
    "aws:s3/bucketObjectv2:BucketObjectv2": _nothing,
}
"""Resource types that an edit of a job may change while the sandbox runs; each with what is done before it is made
again."""
