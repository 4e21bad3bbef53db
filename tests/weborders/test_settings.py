"""What the environment says, and what is said of a wrong one."""

import pytest

from weborders.errors import Failed
from weborders.settings import GeneratorSettings, ProcessorSettings, read

KAFKA = {"KAFKA_BOOTSTRAP_SERVERS": "one:9092,two:9092", "SCHEMA_REGISTRY_URL": "http://registry:8080/apis/ccompat/v7/"}
DATABASES = {
    f"{name}_{key}": value
    for name in ("ERPDB", "SHIPDB")
    for key, value in (
        ("HOST", "db"), ("PORT", "1234"), ("USERNAME", "writer"), ("PASSWORD", "hunter2"), ("DATABASE", name.lower())
    )
}  # fmt: skip


def wrong(**environment: str) -> list[str]:
    with pytest.raises(Failed) as failure:
        read(ProcessorSettings, {**KAFKA, **DATABASES, **environment})
    return str(failure.value).splitlines()


def test_what_is_not_set_has_its_default() -> None:
    settings = read(ProcessorSettings, {**KAFKA, **DATABASES, "HOME": "/root"})
    assert settings.kafka.topic == "weborders" and settings.kafka.dead_letter_topic == "weborders-dead-letters"
    assert settings.kafka.security == "none" and settings.registry.user_info is None
    assert settings.registry.url == "http://registry:8080/apis/ccompat/v7"
    assert settings.shipdb.database == "shipdb" and settings.erpdb.port == 1234


def test_the_generator_needs_no_database() -> None:
    assert read(GeneratorSettings, KAFKA).kafka.bootstrap_servers == "one:9092,two:9092"


def test_all_that_is_missing_is_told_at_once() -> None:
    with pytest.raises(Failed) as failure:
        read(GeneratorSettings, {})
    assert str(failure.value) == (
        "KAFKA_BOOTSTRAP_SERVERS is not set: give the brokers, as host:port,host:port\n"
        "SCHEMA_REGISTRY_URL is not set: give the schema registry, as http://host:port or https://host"
    )


def test_a_misspelt_variable_is_an_error_even_where_there_is_a_default() -> None:
    assert wrong(KAFKA_TOPICS="orders") == ["KAFKA_TOPICS is unknown: did you mean KAFKA_TOPIC?"]


def test_a_misspelt_variable_is_told_once_in_place_of_the_missing_one() -> None:
    with pytest.raises(Failed) as failure:
        read(GeneratorSettings, {"KAFKA_BOOTSTRAP_SERVER": "one:9092", "SCHEMA_REGISTRY_ADDRESS": "http://registry"})
    assert str(failure.value).splitlines() == [
        "KAFKA_BOOTSTRAP_SERVER is unknown: did you mean KAFKA_BOOTSTRAP_SERVERS?",
        "SCHEMA_REGISTRY_ADDRESS is unknown: did you mean SCHEMA_REGISTRY_URL?",
    ]


def test_what_jobs_and_kubernetes_add_is_no_mistake() -> None:
    others = {
        "ERPDB_SERVER_ID_ORDERS": "5400-5403",
        "SHIPDB_SLOT_SHIPMENTS": "slot",
        "KAFKA_PORT": "tcp://10.0.0.1:9092",
        "KAFKA_PORT_9092_TCP_ADDR": "10.0.0.1",
        "KAFKA_SERVICE_HOST": "10.0.0.1",
        "SCHEMA_REGISTRY_PORT": "tcp://10.0.0.2:8080",
    }
    read(ProcessorSettings, {**KAFKA, **DATABASES, **others})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("KAFKA_BOOTSTRAP_SERVERS", "", "KAFKA_BOOTSTRAP_SERVERS: String should have at least 1 character"),
        ("KAFKA_TOPIC", "web orders", "KAFKA_TOPIC: String should match pattern"),
        ("KAFKA_SECURITY", "ssl", "KAFKA_SECURITY: Input should be 'none' or 'iam'"),
        ("KAFKA_SECURITY", "iam", "AWS_REGION: KAFKA_SECURITY=iam needs it; give the AWS region of the brokers"),
        (
            "SCHEMA_REGISTRY_URL",
            "registry:8080",
            "SCHEMA_REGISTRY_URL: String should match pattern '^https?://'; give",
        ),
        ("SCHEMA_REGISTRY_USER_INFO", "hunter3", "SCHEMA_REGISTRY_USER_INFO: it has no ':'; give the registry's login"),
        ("ERPDB_PORT", "mysql", "ERPDB_PORT: Input should be a valid integer"),
        ("ERPDB_PORT", "tcp://10.0.0.1:3306", "ERPDB_PORT: Input should be a valid integer"),
        ("SHIPDB_PORT", "70000", "SHIPDB_PORT: Input should be less than or equal to 65535"),
    ],
)
def test_a_value_that_can_not_be_is_told_with_the_remedy(name: str, value: str, message: str) -> None:
    [line] = wrong(**{name: value})
    assert line.startswith(message)
    assert "hunter" not in line


def test_passwords_are_not_shown() -> None:
    settings = read(ProcessorSettings, {**KAFKA, **DATABASES, "SCHEMA_REGISTRY_USER_INFO": "user:hunter3"})
    assert "hunter" not in repr(settings) + str(settings) + settings.model_dump_json()


@pytest.mark.parametrize("value", ["", ":"])
def test_a_registry_may_want_no_login(value: str) -> None:
    settings = read(GeneratorSettings, {**KAFKA, "SCHEMA_REGISTRY_USER_INFO": value})
    assert settings.registry.user_info is None
