"""The check of table optimizers, in Amazon States Language, and what it may do.

Parameters are those of the API (Glue API: GetTableOptimizer; SNS API: Publish). Step Functions writes the fields of
answers in PascalCase too, however the API does (its developer guide: "Using AWS SDK service integrations").
"""

from collections.abc import Sequence
from typing import Any

from infra.alarms import OPTIMIZER_FAILED, description
from infra.iam_policy import Document, allow, document

LOOKS_EVERY_HOURS = 6
"""Glue suspends an optimizer after four failures in a row; until then, and after, queries only get slower."""

_OPTIMIZER = "$.found.TableOptimizer"


def check_definition(stack: str, account_id: str) -> dict[str, Any]:
    """Of each optimizer of the input: get its last run, and tell its topic unless all is well. It is started with
    `{"optimizers": [{"database": …, "table": …, "type": …, "topic": <ARN>}]}`."""
    return {
        "Comment": "Tells the owner of a table when one of its optimizers does not work",
        "StartAt": "Each optimizer",
        "States": {
            "Each optimizer": {
                "Type": "Map",
                "ItemsPath": "$.optimizers",
                # Glue has no quota to be seen for this request: few at once.
                "MaxConcurrency": 4,
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "INLINE"},
                    "StartAt": "Get optimizer",
                    "States": {
                        "Get optimizer": _get(account_id),
                        "Works?": _works(),
                        "Tell owner": _tell(stack),
                        "Works": {"Type": "Succeed"},
                    },
                },
                "ResultPath": None,
                "End": True,
            }
        },
    }


def _get(account_id: str) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:glue:getTableOptimizer",
        "Parameters": {
            "CatalogId": account_id,
            "DatabaseName.$": "$.database",
            "TableName.$": "$.table",
            "Type.$": "$.type",
        },
        "ResultPath": "$.found",
        "Retry": [
            {"ErrorEquals": ["Glue.EntityNotFoundException", "Glue.AccessDeniedException"], "MaxAttempts": 0},
            {
                "ErrorEquals": ["States.ALL"],
                "IntervalSeconds": 5,
                "MaxAttempts": 4,
                "BackoffRate": 3,
                "JitterStrategy": "FULL",
            },
        ],
        # An optimizer that is not there, or cannot be asked about, is the owner's to know of too.
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.found", "Next": "Tell owner"}],
        "Next": "Works?",
    }


def _works() -> dict[str, Any]:
    """It is on, and its last run did not fail. Anything else is told, so that no answer passes unseen for being
    another than expected."""
    enabled, last_run = f"{_OPTIMIZER}.Configuration.Enabled", f"{_OPTIMIZER}.LastRun.EventType"
    return {
        "Type": "Choice",
        "Choices": [
            {
                "And": [
                    {"Variable": enabled, "IsPresent": True},
                    {"Variable": enabled, "BooleanEquals": True},
                    {
                        "Or": [
                            # A new one, which has not run yet.
                            {"Variable": last_run, "IsPresent": False},
                            {"Not": {"Variable": last_run, "StringEquals": "failed"}},
                        ]
                    },
                ],
                "Next": "Works",
            }
        ],
        "Default": "Tell owner",
    }


def _tell(stack: str) -> dict[str, Any]:
    says = "The {} optimizer of the table {}.{} does not work: its last run failed, or it is off or missing."
    text = description(says, OPTIMIZER_FAILED) + " What Glue says: {}"
    fields = "$.type, $.database, $.table, States.JsonToString($.found)"
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sns:publish",
        "Parameters": {
            "TopicArn.$": "$.topic",
            "Subject": f"Lakehouse {stack}: a table optimizer does not work"[:100],
            "Message.$": f"States.Format('{text}', {fields})",
        },
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "MaxAttempts": 4, "BackoffRate": 3}],
        "End": True,
    }


def check_policy(databases: Sequence[str], *, glue: str, topics: Sequence[str], key: str) -> Document:
    """Look at optimizers of tables in these databases, and publish to these topics. `glue`:
    `arn:<partition>:glue:<region>:<account>`; `key`: the topics' (SNS developer guide: "Configuring AWS KMS
    permissions")."""
    return document(
        allow(
            "Look",
            ["glue:GetTableOptimizer"],
            [
                f"{glue}:catalog",
                *[f"{glue}:database/{database}" for database in databases],
                *[f"{glue}:table/{database}/*" for database in databases],
            ],
        ),
        allow("Tell", ["sns:Publish"], sorted(topics)),
        allow("Encrypt", ["kms:Decrypt", "kms:GenerateDataKey"], [key]),
    )
