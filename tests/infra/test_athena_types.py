import pytest

from infra.athena_types import athena_type
from infra.errors import ConfigurationError


@pytest.mark.parametrize(
    ("flink", "athena"),
    [
        ("BOOLEAN", "boolean"),
        ("INT", "integer"),
        ("BIGINT", "bigint"),
        ("FLOAT", "real"),
        ("DOUBLE", "double"),
        ("DECIMAL(10, 2)", "decimal(10, 2)"),
        ("DATE", "date"),
        ("TIMESTAMP(6)", "timestamp(6)"),
        ("TIMESTAMP_LTZ(6)", "timestamp(6) with time zone"),
        ("STRING", "varchar"),
        ("BYTES", "varbinary"),
        ("ARRAY<STRING NOT NULL>", "array(varchar)"),
        ("MAP<STRING NOT NULL, ARRAY<INT>>", "map(varchar, array(integer))"),
        ("ROW<`b` INT NOT NULL, `start` ROW<`d` STRING>>", "row(b integer, start row(d varchar))"),
    ],
)
def test_flinks_types_as_athena_calls_them(flink: str, athena: str) -> None:
    assert athena_type(flink) == athena


def test_a_type_that_athena_lacks_is_named_with_the_remedy() -> None:
    with pytest.raises(ConfigurationError) as error:
        athena_type("RAW('a.B', '…')")
    assert str(error.value) == "Athena has no type like Flink's RAW('a.B', '…'); CAST the column to another"
