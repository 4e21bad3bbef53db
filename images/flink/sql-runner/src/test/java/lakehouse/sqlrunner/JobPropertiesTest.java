package lakehouse.sqlrunner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobPropertiesTest {

    private static final Set<String> KEYS = Set.of("db.host", "db.port", "db.password", "db.server-id.orders");
    private static final String FILE = "# Where\ndb.host = db.internal\n\ndb.port: 3306\n";
    private static final Map<String, String> ENVIRONMENT =
            Map.of("DB_PASSWORD", "s3cr't", "DB_SERVER_ID_ORDERS", "5400-5401", "PATH", "/bin");

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("job.properties");
    }

    @Test
    void theFileGivesWhatTheEnvironmentDoesNot() throws IOException {
        JobProperties properties = read(FILE, ENVIRONMENT);
        assertEquals("db.internal", properties.get("db.host"));
        assertEquals("3306", properties.get("db.port"));
        assertEquals("5400-5401", properties.get("db.server-id.orders"));
        assertEquals("s3cr't", properties.get("db.password"));
    }

    @Test
    void anEnvironmentVariableOverridesItsKey() throws IOException {
        assertEquals("other", read(FILE, with("DB_HOST", "other")).get("db.host"));
    }

    @Test
    void aMisspeltKeyIsPlacedAndTheNearestOneNamed() {
        assertEquals(
                """
                job.properties:4: the job has no key 'db.prt'; the nearest is db.port
                job.properties: db.port has no value: it is not in the file, \
                and the environment variable DB_PORT is not set""",
                failure(FILE.replace("db.port", "db.prt"), ENVIRONMENT));
    }

    @Test
    void aKeyThatIsMissingIsNamedWithWhatIsNearlyIt() {
        assertEquals(
                "job.properties: db.host has no value: it is not in the file, and the environment variable DB_HOST is "
                        + "not set; the nearest that is set is DB_HOTS",
                failure("db.port=1", with("DB_HOTS", "x")));
        assertEquals(
                "job.properties: db.password has no value: the environment variable DB_PASSWORD is not set",
                failure(FILE, Map.of("DB_SERVER_ID_ORDERS", "1")));
    }

    @Test
    void aSecretInTheFileIsRefusedEvenIfItIsOverriddenAndNeverShown() {
        String message = failure(FILE + "db.password = hunter2", ENVIRONMENT);
        assertEquals(
                "job.properties:5: db.password is a secret, which no file holds: remove it here, and set the "
                        + "environment variable DB_PASSWORD",
                message);
    }

    @Test
    void aKeyThatStandsTwiceIsRefused() {
        assertEquals(
                "job.properties:2: db.host stands twice; keep one", failure(FILE + "db.host = other", ENVIRONMENT));
    }

    @Test
    void anEmptyValueIsNone() {
        assertEquals(
                "job.properties:1: db.host is empty: give it a value", failure("db.host =\ndb.port=1", ENVIRONMENT));
        assertEquals(
                "job.properties: db.host (DB_HOST) is empty: give it a value", failure(FILE, with("DB_HOST", " ")));
    }

    @Test
    void allThatIsWrongIsReportedTogetherInFiveLinesAtMost() {
        String message = failure("a.a=1\na.b=1\na.c=1\n", Map.of());
        assertEquals(5, message.lines().count());
        assertTrue(message.startsWith("job.properties:1: the job has no key 'a.a'"), message);
        assertTrue(message.endsWith("… and 3 more like these"), message);
    }

    @Test
    void aFileThatCannotBeReadIsNamedWithTheReason() throws IOException {
        String none = unreadable(folder.resolve("none"));
        assertTrue(none.contains("none: the properties file cannot be read: there is no such file"), none);
        assertTrue(unreadable(folder).contains("it is a directory"));
        Files.write(file, "db.host=é".getBytes(StandardCharsets.ISO_8859_1));
        assertTrue(unreadable(file).contains("it is not UTF-8 text"));
        String escape = failure("db.host=\\u12", ENVIRONMENT);
        assertTrue(escape.startsWith("job.properties: Malformed \\uxxxx encoding."), escape);
    }

    @Test
    void aKeyThatTheJobDidNotNameIsItsOwnMistake() throws IOException {
        JobProperties properties = read(FILE, ENVIRONMENT);
        assertEquals(
                "'db.hots' is none of the keys that the job named; the nearest is db.host",
                assertThrows(IllegalArgumentException.class, () -> properties.get("db.hots")).getMessage());
    }

    @Test
    void aSecretIsMaskedInWhatFlinkSaysOfAFailure() throws IOException {
        JobProperties properties = read(FILE, ENVIRONMENT);
        properties.get("db.password");
        properties.get("db.host");
        String masked = properties.variables().mask("cannot log in to db.internal with s3cr't");
        assertEquals("cannot log in to db.internal with ${db.password}", masked);
        assertFalse(masked.contains("s3cr"));
    }

    private static Map<String, String> with(String name, String value) {
        Map<String, String> environment = new HashMap<>(ENVIRONMENT);
        environment.put(name, value);
        return environment;
    }

    private JobProperties read(String text, Map<String, String> environment) throws IOException {
        return JobProperties.read(Files.writeString(file, text), KEYS, environment);
    }

    private String failure(String text, Map<String, String> environment) {
        return assertThrows(ScriptException.class, () -> read(text, environment)).getMessage();
    }

    private static String unreadable(Path path) {
        return assertThrows(ScriptException.class, () -> JobProperties.read(path, KEYS, ENVIRONMENT)).getMessage();
    }
}
