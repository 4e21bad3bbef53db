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
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunnerArgumentsTest {

    private static final String SCRIPT = "SELECT '--writes';\r\n";

    @TempDir
    Path folder;

    @Test
    void aScriptIsAFileOfAJobWithPodsOfItsOwn() throws IOException {
        Path file = Files.writeString(folder.resolve("job.sql"), SCRIPT);
        RunnerArguments found = RunnerArguments.parse(List.of(file.toString(), "--writes", "lake.a.b=id"));
        assertEquals("SELECT '--writes';\n", found.script().text());
        assertEquals(1, found.promises().size());
        assertFalse(found.inSession());
    }

    @Test
    void inASessionTheScriptAndItsVariablesAreArguments() {
        RunnerArguments found = RunnerArguments.parse(List.of(
                "--script-text", SCRIPT, "--variable", "A=1=2", "--variable", "B=", "--writes", "lake.a.b=id"));
        assertEquals("SELECT '--writes';\n", found.script().text());
        assertEquals(Map.of("A", "1=2", "B", ""), found.variables());
        assertEquals(1, found.promises().size());
        assertTrue(found.inSession());
    }

    @Test
    void anArgumentThatIsNoneIsNamed() {
        for (List<String> wrong : List.of(
                List.<String>of(),
                List.of("--script-text"),
                List.of("--script-text", SCRIPT, "--variable", "A"),
                List.of("--script-text", SCRIPT, "--variable"),
                List.of("--script-text", SCRIPT, "--wirtes", "lake.a.b=id"))) {
            assertTrue(assertThrows(ScriptException.class, () -> RunnerArguments.parse(wrong))
                    .getMessage()
                    .startsWith("sql-runner"));
        }
    }

    @Test
    void ofAClustersConfigurationASessionJobTakesTheCatalogsAlone() {
        Configuration cluster = Configuration.fromMap(Map.of(
                "table.catalog-store.kind", "file", "execution.checkpointing.interval", "1 h", "pipeline.name", "x"));
        assertEquals(Map.of("table.catalog-store.kind", "file"), SqlRunner.catalogsOnly(cluster).toMap());
    }
}
