package lakehouse.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.util.ExceptionUtils;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** As SQL has it: options as they are written, checked by Flink's planner. */
@Timeout(120)
class TableTest {

    private static final String COLUMNS = "id INT, malformed_value BYTES, malformed_reason STRING";
    private static final String JSON = "'format' = 'dead-letter', 'dead-letter.format' = 'json'";

    @TempDir
    Path folder;

    private TableEnvironment tables;

    @BeforeEach
    void open() {
        tables = TableEnvironment.create(
                EnvironmentSettings.newInstance().inBatchMode().build());
        tables.getConfig().set("parallelism.default", "1");
    }

    @Test
    void oneQueryGetsTheGoodRecordsAndAnotherTheMalformed() throws Exception {
        Files.writeString(folder.resolve("records"), "{\"id\": 1}\nnonsense\n{\"id\": 2}\n");
        create(COLUMNS, JSON + ", 'dead-letter.json.fail-on-missing-field' = 'true'");
        assertEquals(List.of("+I[1]", "+I[2]"), rows("SELECT id FROM t WHERE malformed_reason IS NULL"));
        assertEquals(
                List.of("+I[nonsense]"),
                rows("SELECT CAST(malformed_value AS STRING) FROM t WHERE malformed_reason IS NOT NULL"));
    }

    @Test
    void whatIsWrongWithATableIsSaid() {
        refused(
                "The table has no column 'malformed_value': add malformed_value BYTES for records that cannot be"
                        + " decoded, or name another one by 'dead-letter.value-column'.",
                "id INT, malformed_reason STRING",
                JSON);
        refused(
                "The column 'malformed_value' is STRING: it must be BYTES, since 'dead-letter.value-column' names it.",
                "id INT, malformed_value STRING, malformed_reason STRING",
                JSON);
        refused(
                "The column 'id' is NOT NULL, but it is NULL in the row of a record that cannot be decoded: remove NOT NULL.",
                COLUMNS.replace("id INT", "id INT NOT NULL"),
                JSON);
    }

    @Test
    void whatIsWrongWithAnOptionIsSaid() {
        refused("One or more required options are missing", COLUMNS, "'format' = 'dead-letter'");
        refused("Unsupported options found for 'dead-letter.json'", COLUMNS, JSON + ", 'dead-letter.json.urrl' = 'x'");
        refused(
                "Could not find any factory for identifier 'jason'",
                COLUMNS,
                "'format' = 'dead-letter', 'dead-letter.format' = 'jason'");
        refused(
                "name the format of the records",
                COLUMNS,
                "'format' = 'dead-letter', 'dead-letter.format' = 'dead-letter'");
        refused(
                "'dead-letter.format' is 'debezium-json', whose records change rows",
                COLUMNS,
                "'format' = 'dead-letter', 'dead-letter.format' = 'debezium-json'");
    }

    private void refused(String why, String columns, String options) {
        create(columns, options);
        Exception failure = assertThrows(Exception.class, () -> tables.executeSql("SELECT * FROM t"));
        assertTrue(
                ExceptionUtils.findThrowableWithMessage(failure, why).isPresent(),
                () -> ExceptionUtils.stringifyException(failure));
    }

    private void create(String columns, String options) {
        tables.executeSql("DROP TEMPORARY TABLE IF EXISTS t");
        tables.executeSql("CREATE TEMPORARY TABLE t (" + columns + ") WITH ('connector' = 'filesystem', 'path' = '"
                + folder.toUri() + "', " + options + ")");
    }

    private List<String> rows(String query) throws Exception {
        List<String> rows = new ArrayList<>();
        // Read to its end, it closes itself.
        tables.executeSql(query).collect().forEachRemaining(row -> rows.add(row.toString()));
        return rows;
    }
}
