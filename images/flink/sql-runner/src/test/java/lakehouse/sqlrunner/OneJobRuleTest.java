package lakehouse.sqlrunner;

import static lakehouse.sqlrunner.Scripts.check;
import static lakehouse.sqlrunner.Scripts.checkError;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OneJobRuleTest {

    private static final String INSERT = "INSERT INTO t SELECT * FROM s;";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "INSERT INTO t SELECT 1",
                "insert overwrite t VALUES (1)",
                "EXECUTE INSERT INTO t SELECT 1",
                "INSERT INTO t WITH x AS (SELECT 1) SELECT * FROM x",
                "EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1; INSERT INTO u SELECT 2; END"
            })
    void aScriptMayEndInAnInsertOrAStatementSet(String last) {
        check("SET 'a' = 'b';\n" + last + ";\n-- done");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CREATE TABLE t (a INT, b AS a + 1) WITH ('as' = 'x')",
                "CREATE TABLE t (a INT) COMMENT 'AS' LIKE s",
                "CREATE TABLE `AS` (`as` INT)",
                "CREATE TEMPORARY VIEW v AS SELECT 1",
                "CREATE FUNCTION f AS 'a.B'",
                "USE CATALOG lake",
                "LOAD MODULE hive",
                "DROP TABLE IF EXISTS t",
                "EXPLAIN INSERT INTO t SELECT 1"
            })
    void whatStartsNoJobMayStandBefore(String statement) {
        check(statement + ";" + INSERT);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "SELECT 1 | query",
                "(SELECT 1) UNION (SELECT 2) | query",
                "WITH x AS (SELECT 1) SELECT * FROM x | query",
                "VALUES (1) | query",
                "EXECUTE SELECT 1 | query",
                "CREATE TABLE t WITH ('a' = 'b') AS SELECT 1 | CREATE TABLE … AS",
                "CREATE OR REPLACE TABLE t AS SELECT 1 | CREATE TABLE … AS",
                "REPLACE TABLE t AS SELECT 1 | CREATE TABLE … AS",
                "CREATE TEMPORARY TABLE t /* x */ AS (SELECT 1) | CREATE TABLE … AS",
                "CREATE MATERIALIZED TABLE t FRESHNESS = INTERVAL '1' DAY AS SELECT 1 | materialized table",
                "EXECUTE PLAN 'x' | compiled plan",
                "COMPILE AND EXECUTE PLAN 'x' FOR INSERT INTO t SELECT 1 | compiled plan",
                "UPDATE t SET a = 1 | statement",
                "DELETE FROM t | statement",
                "CALL sys.expire('t') | statement"
            })
    void whatWouldStartAnotherJobIsRefusedAnywhere(String statement, String title) {
        String expected = "this " + title + " would start a job of its own\n  " + statement;
        assertTrue(checkError("USE a;\n" + statement + ";\n" + INSERT).startsWith("job.sql:2:1: " + expected));
        assertTrue(checkError(statement).startsWith("job.sql:1:1: " + expected));
    }

    @Test
    void twoInsertsBelongInAStatementSet() {
        assertEquals(
                """
                job.sql:3:3: this is a second job, after the INSERT of line 1
                  INSERT INTO t SELECT * FROM s; INSERT INTO u SELECT 1;
                  Put both into one: EXECUTE STATEMENT SET BEGIN <INSERT …;> <INSERT …;> END;""",
                checkError(INSERT + "\nUSE b;\n  " + INSERT + " INSERT INTO u SELECT 1;"));
    }

    @Test
    void nothingFollowsTheJob() {
        assertEquals(
                """
                job.sql:2:1: this follows the INSERT of line 1, which is the job
                  DROP TABLE t
                  Move it before: the script ends in its job.""",
                checkError(INSERT + "\nDROP TABLE t"));
    }

    @Test
    void aScriptWithoutAJobIsAnError() {
        assertEquals(
                """
                job.sql:1:7: the script ends here without a job
                  CREATE TABLE t (
                  End it with the INSERT that is its job.""",
                checkError("USE a;CREATE TABLE t (\na INT);"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " \n", ";;", "-- INSERT INTO t SELECT 1;", "/* ${a.b} */"})
    void anEmptyScriptIsAnError(String text) {
        assertEquals(
                """
                job.sql: the script holds no statement, only blanks and comments
                  End it with the INSERT that is its job.""",
                checkError(text));
    }

    @Test
    void whatOnlyTheSqlClientKnowsIsAnErrorThatSaysWhatToWrite() {
        assertTrue(checkError("BEGIN STATEMENT SET;" + INSERT + "END;").contains("EXECUTE STATEMENT SET BEGIN"));
        assertTrue(checkError("RESET 'a';" + INSERT).contains("Remove the SET"));
    }
}
