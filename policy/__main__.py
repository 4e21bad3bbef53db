"""What `pulumi preview --policy-pack policy` runs."""

import sys
from pathlib import Path

from pulumi_policy import EnforcementLevel, PolicyPack

# Pulumi runs a pack from within its own folder.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from policy.pack import policies

# Serves until the engine ends it: nothing may stand behind.
PolicyPack("flink-lakehouse", policies(), EnforcementLevel.MANDATORY)
