package lakehouse.sqlrunner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.util.ExceptionUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against Flink's own planner, and jobs that really run. */
@Timeout(300)
class SqlRunnerTest {

    private static final String TABLES =
            """
            CREATE TEMPORARY TABLE numbers (id INT) WITH (
              'connector' = 'datagen', 'number-of-rows' = '3',
              'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '3');
            CREATE TEMPORARY TABLE sink (id INT, said STRING) WITH (
              'connector' = 'print', 'print-identifier' = '${app.identifier}');
            """;
    private static final Map<String, String> ENVIRONMENT =
            Map.of("APP_IDENTIFIER", "O'Neil", "APP_NAME", "numbers", "APP_PASSWORD", "s3cr't;pass");

    @TempDir
    Path folder;

    @Test
    void theLastStatementIsSubmittedAsTheJobAndRuns() throws Exception {
        TableResult job = run(
                """
                SET 'pipeline.name' = '${app.name}';
                SET 'parallelism.default' = '1';
                """
                        + TABLES
                        + "INSERT INTO sink SELECT id, 'x' FROM numbers /*+ OPTIONS('number-of-rows' = '2') */;");
        var result = job.getJobClient().orElseThrow().getJobExecutionResult().get(60, TimeUnit.SECONDS);
        assertEquals(job.getJobClient().orElseThrow().getJobID(), result.getJobID());
    }

    @Test
    void aStatementSetIsOneJob() throws Exception {
        TableResult job = run(TABLES
                + "EXECUTE STATEMENT SET BEGIN\n"
                + "  INSERT INTO sink SELECT id, CASE id WHEN 1 THEN ';' ELSE 'END' END FROM numbers;\n"
                + "  INSERT INTO sink SELECT id, 'b' FROM numbers;\n"
                + "END;");
        assertEquals(2, job.getResolvedSchema().getColumnCount());
        job.await(60, TimeUnit.SECONDS);
    }

    @Test
    void aCatalogStoreInFlinksConfigurationGivesTheScriptItsCatalogs() throws Exception {
        Path store = Files.createDirectory(folder.resolve("catalogs"));
        Files.writeString(store.resolve("lake.yaml"), "type: generic_in_memory\n");
        Configuration configuration = new Configuration();
        configuration.setString("table.catalog-store.kind", "file");
        configuration.setString("table.catalog-store.file.path", store.toString());
        Path script = script("USE CATALOG lake;\n" + TABLES + "INSERT INTO sink SELECT id, 'x' FROM numbers;");
        SqlRunner.run(script, List.of(), ENVIRONMENT, configuration).await(60, TimeUnit.SECONDS);
    }

    @Test
    void aSyntaxErrorIsPlacedInTheScript() {
        assertEquals(
                """
                job.sql:9:12: SQL parse failed: Incorrect syntax near the keyword 'BY' at line 9, column 12.
                  in: INSERT INTO sink
                  at: FROM id BY numbers;
                  No job was started. The log has the whole trace.""",
                failure(TABLES + "INSERT INTO sink\n  -- all\n  SELECT id, '${app.password}'\n   FROM id BY numbers;")
                        .getMessage());
    }

    @Test
    void anUnknownColumnIsPlacedInTheScript() {
        assertEquals(
                """
                job.sql:6:25: SQL validation failed: Column 'idd' not found in any table
                  in: INSERT INTO sink SELECT idd, '' FROM numbers;
                  No job was started. The log has the whole trace.""",
                failure(TABLES + "INSERT INTO sink SELECT idd, '' FROM numbers;").getMessage());
    }

    @Test
    void aFailingStatementIsReportedWithItsRootCauseAndNoSecret() {
        ScriptException failure = failure(
                """
                CREATE TEMPORARY TABLE a (id INT) WITH ('connector' = 'no-${app.password}', 'host' = '${app.name}');
                INSERT INTO a SELECT 1;
                """);
        assertEquals(
                """
                job.sql:2:1: Unable to create a sink for writing table 'default_catalog.default_database.a'.
                  in: INSERT INTO a SELECT 1;
                  because: Could not find any factory for identifier 'no-${app.password}' that implements \
                'org.apache.flink.table.factories.DynamicTableFactory' in the classpath.
                  No job was started. The log has the whole trace.""",
                failure.getMessage());
        String trace = ExceptionUtils.stringifyException(failure);
        assertTrue(trace.contains("ValidationException"));
        assertTrue(trace.contains("TableEnvironmentImpl.executeSql"));
        assertFalse(trace.contains("s3cr"), trace);
    }

    @Test
    void aConfigurationThatFlinkRefusesIsNamed() throws IOException {
        Configuration configuration = new Configuration();
        configuration.setString("table.catalog-store.kind", "no-such-store");
        Path script = script("INSERT INTO a SELECT 1");
        ScriptException failure =
                assertThrows(ScriptException.class, () -> SqlRunner.run(script, List.of(), ENVIRONMENT, configuration));
        assertTrue(
                failure.getMessage().startsWith("job.sql: Flink's configuration gives no table environment: "),
                failure.getMessage());
        assertTrue(failure.getMessage().contains("no-such-store"), failure.getMessage());
    }

    @Test
    void setNeedsAKeyAndAValue() {
        String message = failure("SET;\n" + TABLES + "INSERT INTO sink SELECT 1, ''").getMessage();
        assertTrue(message.contains("SET 'key' = 'value';"), message);
    }

    @Test
    void aScriptThatCannotBeReadIsNamedWithTheReason() throws IOException {
        assertTrue(unreadable(folder.resolve("none.sql")).contains("none.sql: the script cannot be read: there is no"));
        assertTrue(unreadable(folder).contains("it is a directory"));
        Path latin1 = Files.write(folder.resolve("latin1.sql"), "-- é".getBytes(StandardCharsets.ISO_8859_1));
        assertTrue(unreadable(latin1).contains("it is not UTF-8 text"));
    }

    private static String unreadable(Path path) {
        return assertThrows(ScriptException.class, () -> Script.read(path)).getMessage();
    }

    private ScriptException failure(String text) {
        return assertThrows(ScriptException.class, () -> run(text));
    }

    private TableResult run(String text) throws IOException {
        return SqlRunner.run(script(text), List.of(), ENVIRONMENT, new Configuration());
    }

    private Path script(String text) throws IOException {
        return Files.writeString(folder.resolve("job.sql"), text);
    }
}
