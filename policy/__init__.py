"""What no stack of a streaming lakehouse may do, as rules on Pulumi's preview (docs/policy.md)."""
