package lakehouse.sqlrunner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class JobArgumentsTest {

    @Test
    void theFileAndThePromisesAreTakenInAnyOrder() {
        JobArguments arguments =
                parse("--writes", "lake.a.b=id", "--config-filepath", "job.properties", "--writes", "lake.a.c=x,y");
        assertEquals(Path.of("job.properties"), arguments.properties());
        assertEquals(
                List.of(List.of("id"), List.of("x", "y")),
                arguments.promises().stream().map(Promise::key).toList());
    }

    @Test
    void anUnknownArgumentIsNamedWithTheNearest() {
        assertEquals(
                """
                JobArgumentsTest: unknown argument '--config-file'; the nearest is --config-filepath
                  It takes --config-filepath and --writes, each followed by its value.""",
                failure("--config-file", "job.properties"));
    }

    @Test
    void theFileIsNamedExactlyOnce() {
        assertTrue(failure().startsWith("JobArgumentsTest: the argument --config-filepath is missing"));
        assertTrue(failure("--config-filepath", "a", "--config-filepath", "b").contains("stands twice"));
        assertTrue(failure("--config-filepath").contains("needs a value after it"));
    }

    private static JobArguments parse(String... arguments) {
        return JobArguments.parse(JobArgumentsTest.class, List.of(arguments));
    }

    private static String failure(String... arguments) {
        return assertThrows(ScriptException.class, () -> parse(arguments)).getMessage();
    }
}
