from infra.flink_sql import SetOption, set_options, statements


def test_statements_end_where_no_quote_or_comment_is_open() -> None:
    assert statements("-- a; b\nSET 'x' = ';';\nINSERT INTO t SELECT 1 -- ;\n;") == [
        "SET 'x' = ';'",
        "INSERT INTO t SELECT 1 -- ;",
    ]


def test_what_holds_no_statement_gives_none() -> None:
    assert statements("") == statements("-- nothing\n") == statements(" ; ;\n") == []


def test_options_that_a_script_sets_are_found_with_their_lines() -> None:
    script = """\
-- SET 'not' = 'this';
SET 'table.exec.state.ttl' = '1 d';

-- why
set 'pipeline.name'='it''s';
INSERT INTO t SELECT 'SET';
"""
    assert set_options(script) == [
        SetOption("table.exec.state.ttl", "1 d", 2),
        SetOption("pipeline.name", "it's", 5),
    ]
