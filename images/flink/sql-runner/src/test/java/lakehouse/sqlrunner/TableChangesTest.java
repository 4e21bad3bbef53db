package lakehouse.sqlrunner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.TableEnvironment;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A table that exists and a script that says more, less or something else of it. */
@Timeout(300)
class TableChangesTest {

    private static final String OLD = "id INT NOT NULL, name STRING, total DECIMAL(10, 2), made TIMESTAMP(6)";
    private static final String INSERT = "INSERT INTO `default_database`.t\nSELECT ";

    private Session session;

    @BeforeEach
    void makeTheTable() {
        session = Session.open(new Configuration(), "job.sql", new Variables(Map.of()));
        session.tables().executeSql(create(OLD));
    }

    @Test
    void aNewColumnIsAddedWithItsComment() {
        prepare(OLD + ", origin STRING COMMENT 'Where it''s from'");
        assertEquals(List.of("id", "name", "total", "made", "origin"), columns());
        assertTrue(session.tables().executeSql("SHOW CREATE TABLE t").collect().next().toString().contains("it''s from"));
    }

    @Test
    void columnsInAnotherOrderAreNamedInTheInsert() {
        TableChanges changes = prepare("id INT NOT NULL, origin STRING, name STRING, total DECIMAL(10, 2), made TIMESTAMP(6)");
        assertEquals(List.of("id", "name", "total", "made", "origin"), columns());
        Statement adapted = changes.adapted(statement(INSERT + "1, 'here', 'Ada', 1.5, CAST(NULL AS TIMESTAMP)"));
        assertTrue(adapted.sql().startsWith("INSERT INTO `default_database`.t (`id`, `origin`, `name`, `total`, `made`)\nSELECT"),
                adapted.sql());
        session.execute(adapted);
    }

    @Test
    void aScriptFromBeforeTheColumnGoesOnWithoutIt() {
        session.tables().executeSql("ALTER TABLE t ADD (origin STRING)");
        Statement insert = statement(INSERT + "1, 'Ada', 1.5, TIMESTAMP '2026-01-01 00:00:00'");
        assertThrows(ScriptException.class, () -> session.execute(insert));
        session.execute(prepare(OLD).adapted(insert));
    }

    @Test
    void eachInsertOfAStatementSetIsGivenItsColumns() {
        session.tables().executeSql("ALTER TABLE t ADD (origin STRING)");
        Statement set = statement("EXECUTE STATEMENT SET BEGIN\n" + INSERT + "1, 'INSERT INTO t SELECT', 1.5, NULL;\n"
                + "INSERT INTO t (id, origin) SELECT 2, 'there';\n"
                + "INSERT INTO t /*+ OPTIONS('a' = 'INSERT INTO t SELECT') */ (SELECT 3, 'Bo', 1.5, NULL);\nEND;");
        String adapted = prepare(OLD).adapted(set).sql();
        assertEquals(2, adapted.split("\\(`id`, `name`, `total`, `made`\\)", -1).length - 1, adapted);
    }

    @Test
    void whatIsWrongWithAnAdaptedInsertIsPlacedInTheScript() {
        session.tables().executeSql("ALTER TABLE t ADD (origin STRING)");
        Statement insert = prepare(OLD).adapted(statement(INSERT + "1, nam, 1.5, NULL FROM t"));
        String said = assertThrows(ScriptException.class, () -> session.execute(insert)).getMessage();
        assertTrue(said.startsWith("job.sql:2:11: "), said);
    }

    @Test
    void typesThatTheLakeStoresAsTheNextWiderAreTheSame() {
        assertEquals(List.of("id", "name", "total", "made"), columns());
        prepare("id SMALLINT NOT NULL, name VARCHAR(20), total DECIMAL(10, 2), made TIMESTAMP(0)");
        assertEquals(List.of("id", "name", "total", "made"), columns());
    }

    @Test
    void whatCannotBeAddedIsRefusedByTheColumnsName() {
        assertRefused(OLD + ", origin STRING NOT NULL", "'origin' of default_catalog.default_database.t is new and NOT NULL");
        assertRefused(OLD.replace("INT NOT NULL", "BIGINT NOT NULL"), "'id' ", "is BIGINT NOT NULL here, and INT NOT NULL in");
        assertRefused(OLD.replace("10, 2", "12, 2"), "'total' ", "is DECIMAL(12, 2) here, and DECIMAL(10, 2) in the table");
        assertRefused(OLD.replace("name STRING", "name STRING NOT NULL"), "'name' ");
        assertRefused("name STRING, total DECIMAL(10, 2), made TIMESTAMP(6)", "'id' ", "is missing here");
        assertEquals(List.of("id", "name", "total", "made"), columns());
    }

    @Test
    void partsOfARowAreComparedToo() {
        session.tables().executeSql("CREATE TABLE nested (r ROW<a INT, b ARRAY<STRING>>) WITH ('connector' = 'blackhole')");
        prepare("nested", "r ROW<a INT, b ARRAY<VARCHAR(3)>>");
        assertThrows(ScriptException.class, () -> prepare("nested", "r ROW<a INT, b ARRAY<INT>>"));
        assertThrows(ScriptException.class, () -> prepare("nested", "r ROW<a INT>"));
    }

    @Test
    void aTableIsRolledBackByItsCatalogsStatement() {
        assertEquals(
                "ALTER TABLE `lake`.`orders`.`t` SET ('current-snapshot-id' = '42')", RollBack.statement("lake.orders.t=42"));
        assertThrows(ScriptException.class, () -> RollBack.statement("lake.orders.t=latest"));
    }

    private void assertRefused(String columns, String... expected) {
        String said = assertThrows(ScriptException.class, () -> prepare(columns)).getMessage();
        for (String part : expected) {
            assertTrue(said.contains(part), said);
        }
        assertTrue(said.startsWith("job.sql:1:1: "), said);
    }

    private TableChanges prepare(String columns) {
        return prepare("t", columns);
    }

    private TableChanges prepare(String table, String columns) {
        TableChanges changes = new TableChanges(session);
        changes.prepare(statement(create(columns).replace("TABLE t", "TABLE IF NOT EXISTS " + table)));
        return changes;
    }

    private List<String> columns() {
        TableEnvironment tables = session.tables();
        return tables.from("t").getResolvedSchema().getColumnNames();
    }

    private static String create(String columns) {
        return "CREATE TABLE t (" + columns + ") WITH ('connector' = 'blackhole')";
    }

    private Statement statement(String sql) {
        return new ScriptScanner(Script.of("job.sql", sql), session.variables()).scan().get(0);
    }
}
