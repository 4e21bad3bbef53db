"""What a change does to running jobs and to their tables: two commits compared by the plans that Flink made of each.

No cloud and no Flink is asked: job folders with their `plan.lock.json` in, a verdict out (docs/impact.md).
"""
