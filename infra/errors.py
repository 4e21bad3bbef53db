"""The one exception for what a person wrote wrong."""

import pulumi


class ConfigurationError(pulumi.RunError):
    """A stack file or job folder that cannot be deployed: one to five lines that name file, place and remedy.

    It is a `RunError`, so that Pulumi prints the message alone and no traceback.
    """
