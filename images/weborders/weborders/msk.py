"""Logging in to Amazon MSK with IAM."""

import logging
import time

from weborders.errors import Failed

_AGAIN_SECONDS = 30

_log = logging.getLogger(__name__)


class IamToken:
    """What a Kafka client calls for a token, signed with the AWS credentials at hand, and its expiry (seconds since
    1970)."""

    def __init__(self, region: str) -> None:
        """`Failed` when there are no credentials."""
        self._region = region
        try:
            self._last = self._sign()
        except Exception as error:  # the signer's and botocore's, which have no common base
            raise Failed(
                f"can't sign in to the brokers with IAM ({error}): give the process AWS credentials, such as a pod "
                "identity's"
            ) from error

    def __call__(self, _: str) -> tuple[str, float]:
        try:
            self._last = self._sign()
        except Exception as error:
            # An exception would leave the client's C code in an undefined state. The old token may still do; if not,
            # the brokers refuse it in their own words.
            _log.warning("no new token for the brokers: %s", error)
            token, expires = self._last
            return token, max(expires, time.time() + _AGAIN_SECONDS)
        return self._last

    def _sign(self) -> tuple[str, float]:
        # Brings boto3, which nothing else here needs.
        from aws_msk_iam_sasl_signer import MSKAuthTokenProvider  # pyright: ignore[reportMissingTypeStubs]

        token, expiry_ms = MSKAuthTokenProvider.generate_auth_token(self._region)  # pyright: ignore[reportUnknownMemberType]
        return token, expiry_ms / 1000
