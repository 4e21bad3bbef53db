package lakehouse.sqlrunner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A script whose table is not what job.yaml promises does not start. */
@Timeout(300)
class PromiseTest {

    private static final String TABLE = "default_catalog.default_database.t";
    private static final String SCRIPT =
            """
            CREATE TABLE t (id INT, name STRING, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'blackhole');
            INSERT INTO t SELECT 1, 'a';
            """;

    @TempDir
    Path folder;

    @Test
    void aKeptPromiseLetsTheJobStart() throws Exception {
        run("--writes", TABLE + "=id");
    }

    @Test
    void aKeyThatIsNoColumnIsNamedWithTheColumns() {
        assertEquals(
                """
                job.yaml: writes default_catalog.default_database.t with the key column 'idd', which the table does not have
                  Its columns: id, name""",
                failure("--writes", TABLE + "=idd"));
    }

    @Test
    void anotherKeyThanThePrimaryKeyIsRefused() {
        String message = failure("--writes", TABLE + "=id,name");
        assertTrue(message.contains("the key (id, name), but the table's PRIMARY KEY is (id)"), message);
    }

    @Test
    void aTableThatTheScriptDoesNotMakeIsRefused() {
        String message = failure("--writes", "default_catalog.default_database.u=id");
        assertTrue(message.contains("u, which the script does not make"), message);
    }

    @Test
    void argumentsThatAreNoPromiseAreShown() {
        for (List<String> arguments : List.of(List.of("--write", TABLE + "=id"), List.of("--writes"), List.of("--writes", "t=id"))) {
            assertTrue(assertThrows(ScriptException.class, () -> Promise.parse(arguments))
                    .getMessage()
                    .endsWith(String.join(" ", arguments)));
        }
    }

    private String failure(String... arguments) {
        return assertThrows(ScriptException.class, () -> run(arguments)).getMessage();
    }

    private void run(String... arguments) throws IOException {
        Path script = Files.writeString(folder.resolve("job.sql"), SCRIPT);
        SqlRunner.run(script, Promise.parse(List.of(arguments)), Map.of(), new Configuration());
    }
}
