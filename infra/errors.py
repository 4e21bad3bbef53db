"""The one exception for what a person wrote wrong."""

import re

import pulumi


class ConfigurationError(pulumi.RunError):
    """A stack file or job folder that cannot be deployed: one to five lines that name file, place and remedy.

    It is a `RunError`, so that Pulumi prints the message alone and no traceback.
    """


def words_of(error: Exception) -> str:
    """What a provider said when a look-up failed, without Pulumi's words around it."""
    return re.sub(r"^.*failed: | \(\)$", "", str(error).strip().splitlines()[-1].strip())
