"""The played AWS: that it is there, that it is all there is, and that clients can hold on to it."""

import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sandbox.addresses import Aws
from sandbox.aws.local import AwsFailed, LocalAws, aws_client, start_aws


@pytest.fixture
def running(tmp_path: Path) -> Iterator[LocalAws]:
    with start_aws(region="eu-central-1", log=tmp_path / "aws.log") as running:
        yield running


def _connect(aws: Aws) -> http.client.HTTPConnection:
    url = urlsplit(aws.endpoint)
    assert url.hostname and url.port
    return http.client.HTTPConnection(url.hostname, url.port, timeout=10)


_S3 = {"Authorization": "AWS4-HMAC-SHA256 Credential=sandbox/20260101/eu-central-1/s3/aws4_request, Signature=0"}


def test_keeps_what_it_is_given(running: LocalAws) -> None:
    s3 = aws_client(running.address, "s3")
    s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    for size in (0, 1, 1024, 6 * 1024 * 1024):
        s3.put_object(Bucket="lake", Key=f"objects/{size}", Body=b"x" * size)
        assert s3.get_object(Bucket="lake", Key=f"objects/{size}")["Body"].read() == b"x" * size
    assert s3.get_object(Bucket="lake", Key="objects/1024", Range="bytes=10-19")["Body"].read() == b"x" * 10
    assert s3.head_object(Bucket="lake", Key="objects/1024")["ContentLength"] == 1024
    secrets = aws_client(running.address, "secretsmanager")
    secrets.create_secret(Name="erpdb", SecretString="{}")
    assert secrets.get_secret_value(SecretId="erpdb")["SecretString"] == "{}"


def test_one_connection_serves_many_requests(running: LocalAws) -> None:
    aws_client(running.address, "s3").create_bucket(
        Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    with closing(_connect(running.address)) as connection:
        connection.connect()
        first = connection.sock
        for number in range(5):
            connection.request("PUT", "/lake/key", str(number).encode(), _S3)
            assert connection.getresponse().read() == b""
            connection.request("PUT", "/lake/chunked", iter([b"a" * 3000, b"b"]), _S3, encode_chunked=True)
            assert connection.getresponse().read() == b""
            connection.request("HEAD", "/lake/key", headers=_S3)
            assert connection.getresponse().read() == b""
            connection.request("GET", "/lake/chunked", headers=_S3)
            assert connection.getresponse().read() == b"a" * 3000 + b"b"
            connection.request("DELETE", "/lake/nothing", headers=_S3)
            assert connection.getresponse().read() == b""
            connection.request("GET", "/lake/nothing", headers=_S3)
            answer = connection.getresponse()
            assert (answer.status, answer.read()[:5]) == (404, b"<?xml")
        assert connection.sock is first


def test_a_client_that_asks_before_it_sends_is_told_to_go_on_once(running: LocalAws) -> None:
    aws_client(running.address, "s3").create_bucket(
        Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    url = urlsplit(running.address.endpoint)
    with socket.create_connection((url.hostname, url.port), timeout=10) as connection:
        head = f"PUT /lake/key HTTP/1.1\r\nHost: {url.netloc}\r\nAuthorization: {_S3['Authorization']}\r\n"
        connection.sendall(f"{head}Content-Length: 2\r\nExpect: 100-continue\r\n\r\n".encode())
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"ok")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_no_setting_of_the_user_has_a_say(running: LocalAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("[default]\nregion = us-gov-west-1\nendpoint_url = http://127.0.0.1:9\n")
    for name, value in {
        "AWS_PROFILE": "production",
        "AWS_CONFIG_FILE": str(config),
        "AWS_SHARED_CREDENTIALS_FILE": str(config),
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_ACCESS_KEY_ID": "real",
        "AWS_REGION": "us-gov-west-1",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
    }.items():
        monkeypatch.setenv(name, value)
    glue = aws_client(running.address, "glue")
    glue.create_database(DatabaseInput={"Name": "orders"})
    assert [found["Name"] for found in glue.get_databases()["DatabaseList"]] == ["orders"]
    assert glue.meta.region_name == "eu-central-1"


def test_it_is_silent_and_logs_what_it_refused(
    running: LocalAws, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    glue = aws_client(running.address, "glue")
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_table(DatabaseName="orders", Name="lake")
    target = {"Authorization": _S3["Authorization"].replace("/s3/", "/glue/"), "X-Amz-Target": "AWSGlue.NoSuchThing"}
    with closing(_connect(running.address)) as connection:
        connection.request("POST", "/", b"{}", target)
        answer = connection.getresponse()
        answer.read()
        assert answer.status >= 400
    running.stop()
    assert "AWSGlue.GetTable" in (tmp_path / "aws.log").read_text()
    assert capfd.readouterr() == ("", "")


def test_a_busy_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(AwsFailed, match=rf"127\.0\.0\.1:{port}.*in use"):
            start_aws(port=port)
    with start_aws(port=port) as running:  # the failure left nothing behind
        assert running.address.endpoint.endswith(f":{port}")


def test_one_at_a_time(running: LocalAws) -> None:
    with pytest.raises(AwsFailed, match="already"):
        start_aws()
    running.stop()
    running.stop()
    start_aws().stop()


def test_stopping_closes_connections_and_forgets(running: LocalAws) -> None:
    aws_client(running.address, "glue").create_database(DatabaseInput={"Name": "orders"})
    with closing(_connect(running.address)) as connection:
        connection.request("GET", "/", headers=_S3)
        connection.getresponse().read()
        started = time.monotonic()
        running.stop()
        assert time.monotonic() - started < 2
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            connection.request("GET", "/", headers=_S3)
            connection.getresponse()
    with start_aws(region="eu-central-1") as again:
        assert aws_client(again.address, "glue").get_databases()["DatabaseList"] == []
