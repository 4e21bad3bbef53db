"""How clients log in to the brokers."""

import time
from base64 import urlsafe_b64decode

import pytest

from weborders.errors import Failed
from weborders.kafka import Brokers
from weborders.msk import IamToken
from weborders.patience import Patience
from weborders.settings import KafkaSettings


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


@pytest.mark.usefixtures("credentials")
def test_with_iam_clients_use_tls_and_tokens() -> None:
    settings = KafkaSettings(bootstrap_servers="broker:9098", security="iam", region="eu-west-1")
    client = Brokers(settings, Patience(1)).client_settings()
    assert client["security.protocol"] == "SASL_SSL" and client["sasl.mechanisms"] == "OAUTHBEARER"
    assert isinstance(client["oauth_cb"], IamToken)


def test_without_it_they_use_neither() -> None:
    settings = Brokers(KafkaSettings(bootstrap_servers="broker:9092"), Patience(1)).client_settings()
    assert "security.protocol" not in settings and "oauth_cb" not in settings


@pytest.mark.usefixtures("credentials")
def test_a_token_is_signed_for_the_region_and_says_in_seconds_when_it_expires() -> None:
    token, expires = IamToken("eu-west-1")("")
    signed = urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    assert signed.startswith("https://kafka.eu-west-1.amazonaws.com/?Action=kafka-cluster%3AConnect")
    assert "AKIDEXAMPLE" in signed and "X-Amz-Signature" in signed
    assert 0 < expires - time.time() <= 900


@pytest.mark.usefixtures("credentials")
def test_while_credentials_are_away_the_last_token_is_kept(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tokens = IamToken("eu-west-1")
    last, expires = tokens("")
    without_credentials(monkeypatch)
    assert tokens("") == (last, expires)
    assert "no new token for the brokers" in caplog.text


def test_without_credentials_it_can_not_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    without_credentials(monkeypatch)
    with pytest.raises(Failed, match=r"can't sign in to the brokers with IAM .*: give the process AWS credentials"):
        IamToken("eu-west-1")


def without_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
