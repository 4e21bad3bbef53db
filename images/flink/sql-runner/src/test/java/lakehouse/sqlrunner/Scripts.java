package lakehouse.sqlrunner;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;

/** Shorthand of the tests: scripts as they stand in job.sql. */
final class Scripts {

    private Scripts() {}

    static List<Statement> scan(String text, Map<String, String> environment) {
        return new ScriptScanner(new Script("job.sql", text), new Variables(environment)).scan();
    }

    static List<String> split(String text) {
        return scan(text, Map.of()).stream().map(Statement::sql).toList();
    }

    static String substitute(String text, Map<String, String> environment) {
        return scan(text, environment).get(0).sql();
    }

    static String scanError(String text, Map<String, String> environment) {
        return assertThrows(ScriptException.class, () -> scan(text, environment)).getMessage();
    }

    static void check(String text) {
        OneJobRule.check(new Script("job.sql", text), scan(text, Map.of()));
    }

    static String checkError(String text) {
        return assertThrows(ScriptException.class, () -> check(text)).getMessage();
    }
}
