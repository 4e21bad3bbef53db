"""What a team of analysts may do by IAM: query in its own workgroup. Lake Formation says which tables."""

from collections.abc import Sequence

from infra.iam_policy import Document, allow, document

PAGE = "catalogue.html"
"""The key of the catalogue's page in the bucket of query results: beside the workgroups' places, each of which is
`<workgroup>/` and expires."""

_WORKGROUP = [
    "BatchGetNamedQuery",
    "BatchGetQueryExecution",
    "GetNamedQuery",
    "GetQueryExecution",
    "GetQueryResults",
    "GetQueryResultsStream",
    "GetQueryRuntimeStatistics",
    "GetWorkGroup",
    "ListNamedQueries",
    "ListQueryExecutions",
    "StartQueryExecution",
    "StopQueryExecution",
]
_METADATA = ["GetDataCatalog", "GetDatabase", "GetTableMetadata", "ListDatabases", "ListTableMetadata"]
_GLUE = [
    "BatchGetPartition",
    "GetDatabase",
    "GetDatabases",
    "GetPartition",
    "GetPartitions",
    "GetTable",
    "GetTables",
]


def team_policy(
    workgroup: str, databases: Sequence[str], *, results: str, kms_key: str, partition: str, region: str, account: str
) -> Document:
    """`databases`: by their names in Glue; `results`: the ARN of their place, bucket and prefix; `kms_key`: an ARN."""
    bucket, _, prefix = results.partition("/")
    athena = f"arn:{partition}:athena:{region}:{account}"
    glue = f"arn:{partition}:glue:{region}:{account}"
    return document(
        allow("Queries", [f"athena:{action}" for action in _WORKGROUP], [f"{athena}:workgroup/{workgroup}"]),
        allow("Catalog", [f"athena:{action}" for action in _METADATA], [f"{athena}:datacatalog/AwsDataCatalog"]),
        # Each database once, since a policy has a limit (infra/settings). Athena asks for 'default' whatever the
        # query (Athena user guide: "Configure access to databases and tables in the AWS Glue Data Catalog"); of its
        # tables nothing is allowed.
        allow(
            "Tables",
            [f"glue:{action}" for action in _GLUE],
            [
                f"{glue}:catalog",
                *[f"{glue}:database/{name}" for name in ("default", *databases)],
                *[f"{glue}:table/{name}/*" for name in databases],
            ],
        ),
        # These know no resources (service authorization reference). GetDataAccess hands out what Lake Formation
        # grants; the lists are what Athena's console begins with.
        allow(
            "WithoutResources",
            ["athena:ListDataCatalogs", "athena:ListWorkGroups", "lakeformation:GetDataAccess"],
            ["*"],
        ),
        allow(
            "Results",
            ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"],
            [f"{results}/*"],
        ),
        allow("Catalogue", ["s3:GetObject"], [f"{bucket}/{PAGE}"]),
        allow("ResultsBucket", ["s3:GetBucketLocation", "s3:ListBucketMultipartUploads"], [bucket]),
        {
            **allow("ListResults", ["s3:ListBucket"], [bucket]),
            "Condition": {"StringLike": {"s3:prefix": [prefix, f"{prefix}/*"]}},
        },
        allow("Key", ["kms:Decrypt", "kms:GenerateDataKey"], [kms_key]),
    )
