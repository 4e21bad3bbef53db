package lakehouse.sqlrunner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.Executable;
import org.apache.flink.table.api.TableDescriptor;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.util.ExceptionUtils;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against Flink's own planner, and jobs that really run. */
@Timeout(300)
class JavaJobTest {

    private static final String SINK = "default_catalog.default_database.sink";
    private static final Set<String> KEYS = Set.of("app.table", "app.password");
    private static final Map<String, String> ENVIRONMENT = Map.of("APP_PASSWORD", "s3cr't;pass");

    @TempDir
    Path folder;

    @BeforeEach
    void write() throws IOException {
        Files.writeString(folder.resolve("job.properties"), "app.table = sink\n");
        tables("CREATE TABLE `${app.table}` (id INT, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'blackhole');");
    }

    @Test
    void theJobWritesToATableOfItsScriptWhichKnowsItsProperties() throws Exception {
        TableResult job = start(JavaJobTest::insert, "--writes", SINK + "=id");
        var result = job.getJobClient().orElseThrow().getJobExecutionResult().get(60, TimeUnit.SECONDS);
        assertEquals(job.getJobClient().orElseThrow().getJobID(), result.getJobID());
    }

    @Test
    void aJobNeedsNoScript() throws Exception {
        Files.delete(folder.resolve(JavaJob.TABLES));
        TableDescriptor sink = TableDescriptor.forConnector("blackhole").build();
        start((tables, properties) -> tables.fromValues(1).insertInto(sink)).await(60, TimeUnit.SECONDS);
    }

    @Test
    void aTableThatIsNotAsPromisedKeepsTheJobFromStarting() {
        assertEquals(
                """
                job.yaml: writes default_catalog.default_database.sink with the key column 'idd', \
                which the table does not have
                  Its columns: id""",
                failure(JavaJobTest::insert, "--writes", SINK + "=idd"));
    }

    @Test
    void aScriptOfTablesStartsNoJob() throws IOException {
        tables("INSERT INTO sink SELECT 1;");
        assertEquals(
                """
                tables.sql:1:1: this INSERT would start a job of its own
                  INSERT INTO sink SELECT 1;
                  Remove it: this file makes tables, and the job writes to them.""",
                failure(JavaJobTest::insert));
    }

    @Test
    void aMistakeInTheScriptIsPlacedInIt() throws IOException {
        tables("CREATE TABLE t (\n  id INT,\n  id2 IN\n) WITH ('connector' = 'blackhole');");
        String message = failure(JavaJobTest::insert);
        assertTrue(message.startsWith("tables.sql:3:7: SQL parse failed: "), message);
    }

    @Test
    void whatFlinkRefusesIsReportedWithItsRootCauseAndNoSecret() {
        ScriptException failure = assertThrows(
                ScriptException.class,
                () -> start((tables, properties) -> {
                    TableDescriptor sink = TableDescriptor.forConnector("no-" + properties.get("app.password")).build();
                    return tables.fromValues(1).insertInto(sink);
                }));
        String message = failure.getMessage();
        assertTrue(message.startsWith("JavaJobTest: Unable to create a sink for writing table"), message);
        assertTrue(message.contains("because: Could not find any factory for identifier 'no-${app.password}'"));
        assertFalse(ExceptionUtils.stringifyException(failure).contains("s3cr"), message);
    }

    @Test
    void aClassThatThisFlinkDoesNotHaveIsReported() {
        assertEquals(
                """
                JavaJobTest: org.apache.flink.Gone
                  No job was started. The log has the whole trace.""",
                failure((tables, properties) -> {
                    throw new NoClassDefFoundError("org.apache.flink.Gone");
                }));
    }

    @Test
    void aWrongPropertyStopsTheJobBeforeFlinkIsAsked() throws IOException {
        Files.writeString(folder.resolve("job.properties"), "app.tabel = sink\n");
        assertTrue(failure((tables, properties) -> {
                    throw new AssertionError("was started");
                })
                .startsWith("job.properties:1: the job has no key 'app.tabel'; the nearest is app.table"));
    }

    private static Executable insert(TableEnvironment tables, JobProperties properties) {
        return tables.fromValues(1, 2).insertInto(properties.get("app.table"));
    }

    private void tables(String script) throws IOException {
        Files.writeString(folder.resolve(JavaJob.TABLES), script);
    }

    private String failure(JavaJob.Definition definition, String... arguments) {
        return assertThrows(ScriptException.class, () -> start(definition, arguments)).getMessage();
    }

    private TableResult start(JavaJob.Definition definition, String... arguments) {
        JobArguments parsed =
                new JobArguments(folder.resolve("job.properties"), Promise.parse(List.of(arguments)));
        return JavaJob.start(JavaJobTest.class, parsed, KEYS, definition, ENVIRONMENT, new Configuration());
    }
}
