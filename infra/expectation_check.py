"""The check of expectations, in Amazon States Language, and what it may do.

Parameters are those of the APIs (Athena API: StartQueryExecution, GetQueryResults; Systems Manager API: PutParameter;
SNS API: Publish). `.sync` waits for the query (Step Functions developer guide: "Run Athena queries with Step
Functions"). Rows of an answer begin with the names of its columns.
"""

from collections.abc import Sequence
from typing import Any

from infra.alarms import EXPECTATION_BROKEN, EXPECTATION_UNCHECKED, description
from infra.iam_policy import Document, allow, document

NOT_YET = "none yet"
"""The last good snapshot of a table that has not been found good."""

_SNAPSHOT, _EARLIER = "$.snapshot.Rows[1].Data[0].VarCharValue", "$.snapshot.Rows[1].Data[2].VarCharValue"
_COMMITTED = "$.snapshot.Rows[1].Data[1].VarCharValue"
_VIOLATIONS, _SUMMARY = "$.worst.Rows[1].Data[1].VarCharValue", "$.worst.Rows[1].Data[3].VarCharValue"


def check_definition(stack: str, workgroup: str) -> dict[str, Any]:
    """Of each table of the input: find its newest snapshot, ask how it keeps what is promised, then remember it as the
    last good one, or tell the topic. It is started with `{"tables": [{"table": "<database>.<table>", "job": …, "owner":
    …, "topic": <ARN>, "parameter": <name>, "snapshots": <query>, "check": [<three parts of a query>]}]}`."""
    return {
        "Comment": "Tells the owner of a table when its rows are not as its job promises",
        "StartAt": "Each table",
        "States": {
            "Each table": {
                "Type": "Map",
                "ItemsPath": "$.tables",
                # An account may run 20 queries at once in most regions (Athena user guide: "Service quotas").
                "MaxConcurrency": 4,
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "INLINE"},
                    "StartAt": "Find snapshot",
                    "States": _states(stack, workgroup),
                },
                "ResultPath": None,
                "End": True,
            }
        },
    }


def _states(stack: str, workgroup: str) -> dict[str, Any]:
    sql = f"States.Format('{{}}{{}}{{}}{{}}{{}}', $.check[0], {_SNAPSHOT}, $.check[1], {_EARLIER}, $.check[2])"
    return {
        "Find snapshot": _query("$.snapshots", workgroup, then="Snapshot"),
        "Snapshot": _answer("$.snapshot", then="Any?"),
        "Any?": _choice(
            ({"Variable": _SNAPSHOT, "IsPresent": True}, "Check"),
            # Before a job's first commit there is nothing to look at.
            (_both(_is("$.snapshot.Rows[0]"), _is("$.snapshot.Rows[1]", present=False)), "Done"),
        ),
        "Check": _query(sql, workgroup, then="Worst"),
        "Worst": _answer("$.worst", then="As promised?"),
        # The most broken comes first.
        "As promised?": _choice(
            (_both(_is(_VIOLATIONS), {"Variable": _VIOLATIONS, "StringEquals": "0"}), "Remember"),
            (_both(_is(_VIOLATIONS), _is(_SUMMARY)), "Last good"),
        ),
        "Remember": _task(
            "aws-sdk:ssm:putParameter",
            {
                "Name.$": "$.parameter",
                "Value.$": f"States.Format('{{}} of {{}}', {_SNAPSHOT}, {_COMMITTED})",
                "Overwrite": True,
            },
            then="Done",
        ),
        "Last good": _task("aws-sdk:ssm:getParameter", {"Name.$": "$.parameter"}, then="Tell broken", result="$.good"),
        "Tell broken": _tell(
            f"Lakehouse {stack}: a table is not as promised",
            description(
                "The table {} of the job {}, which {} answers for, is not as promised in its snapshot {} of {}. "
                "Expectations and their violations: {}. The last snapshot that was found good: {}.",
                EXPECTATION_BROKEN,
            ),
            f"$.table, $.job, $.owner, {_SNAPSHOT}, {_COMMITTED}, {_SUMMARY}, $.good.Parameter.Value",
        ),
        # No answer passes unseen for being another than expected.
        "Odd answer": {
            "Type": "Pass",
            "Result": {"Cause": "Athena gave an answer of another form than expected"},
            "ResultPath": "$.failed",
            "Next": "Tell unchecked",
        },
        "Tell unchecked": _tell(
            f"Lakehouse {stack}: a table could not be checked",
            description(
                "The table {} of the job {}, which {} answers for, could not be held against what is promised of it.",
                EXPECTATION_UNCHECKED,
            )
            + " Why: {}",
            "$.table, $.job, $.owner, $.failed.Cause",
        ),
        "Done": {"Type": "Succeed"},
    }


def _query(sql: str, workgroup: str, *, then: str) -> dict[str, Any]:
    parameters = {"QueryString.$": sql, "WorkGroup": workgroup}
    # Once more at most: what a query scans until it is ended is paid for.
    task = _task("athena:startQueryExecution.sync", parameters, then=then, result="$.query", again=1)
    return {**task, "ResultSelector": {"id.$": "$.QueryExecution.QueryExecutionId"}}


def _answer(result: str, *, then: str) -> dict[str, Any]:
    parameters = {"QueryExecutionId.$": "$.query.id", "MaxResults": 2}
    return {
        **_task("athena:getQueryResults", parameters, then=then, result=result),
        "ResultSelector": {"Rows.$": "$.ResultSet.Rows"},
    }


def _task(
    resource: str, parameters: dict[str, Any], *, then: str, result: str | None = None, again: int = 4
) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:::{resource}",
        "Parameters": parameters,
        "ResultPath": result,
        "Retry": [
            {
                "ErrorEquals": ["States.ALL"],
                "IntervalSeconds": 5,
                "MaxAttempts": again,
                "BackoffRate": 3,
                "JitterStrategy": "FULL",
            }
        ],
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failed", "Next": "Tell unchecked"}],
        "Next": then,
    }


def _tell(subject: str, text: str, fields: str) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sns:publish",
        "Parameters": {
            "TopicArn.$": "$.topic",
            "Subject": subject[:100],
            "Message.$": f"States.Format('{text}', {fields})",
        },
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "MaxAttempts": 4, "BackoffRate": 3}],
        "End": True,
    }


def _choice(*ways: tuple[dict[str, Any], str]) -> dict[str, Any]:
    return {
        "Type": "Choice",
        "Choices": [{**condition, "Next": then} for condition, then in ways],
        "Default": "Odd answer",
    }


def _is(path: str, *, present: bool = True) -> dict[str, Any]:
    return {"Variable": path, "IsPresent": present}


def _both(*conditions: dict[str, Any]) -> dict[str, Any]:
    return {"And": list(conditions)}


def check_policy(
    databases: Sequence[str],
    *,
    workgroup: str,
    parameters: str,
    account: str,
    warehouse: str,
    results: str,
    topics: Sequence[str],
    keys: Sequence[str],
) -> Document:
    """Read the tables in these databases by queries in this workgroup, keep these parameters, publish to these topics
    (Athena user guide: "Example IAM permissions policies"). `account`: `arn:<partition>:{{}}:<region>:<account>`, where
    a service goes; `parameters`: what their names begin with; `warehouse`, `results`, `topics`, `keys`: ARNs."""
    glue, athena = account.format("glue"), account.format("athena")
    return document(
        allow(
            "Query",
            [f"athena:{each}QueryExecution" for each in ("Get", "Start", "Stop")] + ["athena:GetQueryResults"],
            [f"{athena}:workgroup/{workgroup}"],
        ),
        allow("Catalog", ["athena:GetDataCatalog"], [f"{athena}:datacatalog/AwsDataCatalog"]),
        # Athena asks for 'default' whatever the query (its user guide: "Configure access to databases and tables in
        # the AWS Glue Data Catalog").
        allow(
            "Tables",
            ["glue:GetDatabase", "glue:GetTable"],
            [
                f"{glue}:catalog",
                *[f"{glue}:database/{name}" for name in ("default", *databases)],
                *[f"{glue}:table/{name}/*" for name in databases],
            ],
        ),
        # Credentials for a registered location come from Lake Formation; the action knows no resources.
        allow("LakeFormation", ["lakeformation:GetDataAccess"], ["*"]),
        allow("Files", ["s3:GetObject"], [f"{warehouse}/{name}/*" for name in databases]),
        allow("List", ["s3:GetBucketLocation", "s3:ListBucket"], [warehouse]),
        allow(
            "Results",
            ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"],
            [f"{results}/{workgroup}/*"],
        ),
        allow("ResultsBucket", ["s3:GetBucketLocation", "s3:ListBucketMultipartUploads"], [results]),
        {
            **allow("ListResults", ["s3:ListBucket"], [results]),
            "Condition": {"StringLike": {"s3:prefix": [workgroup, f"{workgroup}/*"]}},
        },
        allow("Keys", ["kms:Decrypt", "kms:GenerateDataKey"], sorted(keys)),
        allow(
            "Remember", ["ssm:GetParameter", "ssm:PutParameter"], [f"{account.format('ssm')}:parameter{parameters}*"]
        ),
        allow("Tell", ["sns:Publish"], sorted(topics)),
    )
