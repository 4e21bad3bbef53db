package lakehouse.sqlrunner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The main class as its own process: exit code, output, termination message. */
@Timeout(300)
class ProcessTest {

    private static final String SOURCE =
            "CREATE TEMPORARY TABLE s (id INT) WITH ('connector' = 'datagen', 'number-of-rows' = '2',"
                    + "'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '2');\n";
    private static final String SINK = "CREATE TEMPORARY TABLE t (id INT, who STRING) WITH ('connector' = 'print');\n";

    @TempDir
    Path folder;

    @Test
    void aGoodScriptRunsToItsEndAndExitsWithZero() throws Exception {
        Ended run = run(SOURCE + SINK + "INSERT INTO t SELECT id, 'it''s ${a.name}' FROM s;");
        assertEquals(0, run.code, run.output);
        assertTrue(run.output.contains("+I[1, it's O'Neil]"), run.output);
        assertTrue(run.output.contains("+I[2, it's O'Neil]"), run.output);
        assertEquals("", run.terminationMessage);
    }

    @Test
    void aFailingStatementExitsNonZeroAndLeavesItsMessage() throws Exception {
        Ended run = run(SOURCE + "INSERT INTO missing SELECT id, '${a.password}' FROM s;");
        assertNotEquals(0, run.code);
        assertTrue(run.terminationMessage.startsWith("job.sql:2:"), run.terminationMessage);
        assertTrue(run.terminationMessage.contains("missing"), run.terminationMessage);
        assertTrue(run.output.contains(run.terminationMessage.strip()), run.output);
        assertFalse((run.output + run.terminationMessage).contains("s3cr"), run.output);
    }

    @Test
    void aScriptErrorExitsNonZeroWithoutATrace() throws Exception {
        Ended run = run("INSERT INTO t SELECT '${a.nam}';");
        assertNotEquals(0, run.code);
        assertTrue(run.terminationMessage.startsWith("job.sql:1:23: ${a.nam} has no value"), run.terminationMessage);
        assertFalse(run.output.contains("\tat "), run.output);
    }

    @Test
    void aTerminationLogThatCannotBeWrittenHidesNothing() throws Exception {
        Ended run = run("-- nothing", Path.of("/no/such/folder/log"));
        assertNotEquals(0, run.code);
        assertTrue(run.output.contains("job.sql: the script holds no statement"), run.output);
    }

    private record Ended(int code, String output, String terminationMessage) {}

    private Ended run(String script) throws Exception {
        return run(script, folder.resolve("termination-log"));
    }

    private Ended run(String script, Path terminationLog) throws IOException, InterruptedException {
        Path file = Files.writeString(folder.resolve("job.sql"), script);
        Path output = folder.resolve("output");
        ProcessBuilder builder = new ProcessBuilder(Stream.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "--add-opens=java.base/java.util=ALL-UNNAMED",
                        "--add-opens=java.base/java.lang=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SqlRunner.class.getName(),
                        file.toString())
                .toList());
        builder.environment().putAll(Map.of(
                "TERMINATION_LOG", terminationLog.toString(), "A_NAME", "O'Neil", "A_PASSWORD", "s3cr'tpass"));
        Process process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
        try {
            assertTrue(process.waitFor(240, TimeUnit.SECONDS), () -> "did not end");
        } finally {
            process.destroyForcibly();
        }
        return new Ended(
                process.exitValue(),
                Files.readString(output),
                Files.exists(terminationLog) ? Files.readString(terminationLog) : "");
    }
}
