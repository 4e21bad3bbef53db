"""The Java job beside the SQL job that it is a copy of, and what its build takes from the image's."""

from xml.etree import ElementTree

import yaml

from infra.flink_sql import statements
from tests.declared import PROJECT

JAVA = PROJECT / "jobs" / "enriched-orders-java"
SQL = PROJECT / "jobs" / "enriched-orders"
LIBRARY = {"lakehouse:sql-runner"}
"""Its version is that of the pom which both have as their parent, and is never moved."""


def test_both_jobs_make_the_same_table_under_their_own_name() -> None:
    (java,) = statements((JAVA / "tables.sql").read_text())
    sql = next(each for each in statements((SQL / "job.sql").read_text()) if each.startswith("CREATE TABLE"))
    assert java == sql.replace("enriched_orders_lake", "enriched_orders_java")


def test_both_jobs_promise_the_same() -> None:
    java, sql = (yaml.safe_load((folder / "job.yaml").read_text()) for folder in (JAVA, SQL))
    assert java["reads"] == sql["reads"]
    assert [each | {"table": None} for each in java["writes"]] == [each | {"table": None} for each in sql["writes"]]


def test_versions_are_those_of_the_image() -> None:
    pom = ElementTree.parse(JAVA / "pom.xml").getroot()
    assert (JAVA / (pom.findtext("{*}parent/{*}relativePath") or "")).resolve() == PROJECT / "images/flink/pom.xml"
    own = {
        f"{each.findtext('{*}groupId')}:{each.findtext('{*}artifactId')}"
        for each in pom.iterfind(".//{*}dependency")
        if each.find("{*}version") is not None
    }
    assert own == LIBRARY
    assert pom.find("{*}build") is None
    assert {each.tag.partition("}")[2] for each in pom.findall("{*}properties/*")} == {"usrlib"}


def test_the_jar_is_called_as_the_folder() -> None:
    assert ElementTree.parse(JAVA / "pom.xml").findtext("{*}artifactId") == JAVA.name


def test_its_main_class_is_there() -> None:
    entry = yaml.safe_load((JAVA / "job.yaml").read_text())["entry_class"]
    assert (JAVA / "src" / "main" / "java" / f"{entry.replace('.', '/')}.java").exists()
