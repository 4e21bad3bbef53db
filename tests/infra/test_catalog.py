from typing import Any, Literal

from infra.catalog import Catalog
from infra.settings.lake import DatabaseSettings
from tests.declared import deploy


def database(mode: Literal["hybrid", "full"]) -> dict[str, Any]:
    databases = {"orders": DatabaseSettings(name="iceberg_orders", description="Orders")}
    cloud = deploy(lambda: Catalog("catalog", databases, mode=mode, warehouse="lake", disposable=False))
    return cloud.inputs("aws:glue/catalogDatabase:CatalogDatabase", "catalog-orders")


def test_databases_lie_in_the_warehouse_by_their_name_in_glue() -> None:
    found = database("hybrid")
    assert (found["name"], found["description"]) == ("iceberg_orders", "Orders")
    assert found["locationUri"] == "s3://lake/iceberg_orders"


def test_in_hybrid_mode_new_tables_are_iams_whatever_the_accounts_default() -> None:
    assert database("hybrid")["createTableDefaultPermissions"] == [
        {"permissions": ["ALL"], "principal": {"dataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}}
    ]


def test_in_full_mode_a_database_takes_the_accounts_default() -> None:
    assert "createTableDefaultPermissions" not in database("full")
