"""All rules, as policies of one pack."""

from pulumi_policy import Policy

from policy import (
    buckets,
    charts,
    checkpoints,
    identity,
    images,
    kafka,
    lifecycle,
    protection,
    snapshots,
    tables,
    upgrades,
)
from policy.rules import Inputs, Rule

RULES: tuple[Rule, ...] = (
    *checkpoints.RULES,
    *upgrades.RULES,
    *snapshots.RULES,
    *tables.RULES,
    *lifecycle.RULES,
    *identity.RULES,
    *buckets.RULES,
    *kafka.RULES,
    *images.RULES,
    *charts.RULES,
    *protection.RULES,
)


def policies() -> list[Policy]:
    inputs = Inputs()
    return [inputs.policy(), *(rule.policy(inputs) for rule in RULES)]
