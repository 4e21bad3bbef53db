"""A mail before Athena's bill is a surprise."""

import pulumi
import pulumi_aws as aws

from consumers.analytics.settings import BudgetSettings


class Budget(pulumi.ComponentResource):
    """A budget of AWS Budgets on what Athena costs in a month. It warns, and stops nothing: what one query may scan,
    the workgroup limits."""

    def __init__(
        self, name: str, settings: BudgetSettings, *, region: str, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("lakehouse-analytics:index:Budget", name, None, opts)
        spent = [self._mail("ACTUAL", percent, settings.emails) for percent in sorted(settings.at_percent)]
        aws.budgets.Budget(
            name,
            budget_type="COST",
            limit_amount=str(settings.monthly_usd),
            limit_unit="USD",
            time_unit="MONTHLY",
            cost_filters=[
                aws.budgets.BudgetCostFilterArgs(name="Service", values=["Amazon Athena"]),
                aws.budgets.BudgetCostFilterArgs(name="Region", values=[region]),
            ],
            notifications=[*spent, self._mail("FORECASTED", 100, settings.emails)],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})

    def _mail(self, kind: str, percent: int, emails: list[str]) -> aws.budgets.BudgetNotificationArgs:
        return aws.budgets.BudgetNotificationArgs(
            notification_type=kind,
            comparison_operator="GREATER_THAN",
            threshold=percent,
            threshold_type="PERCENTAGE",
            subscriber_email_addresses=emails,
        )
