package lakehouse.sqlrunner;

import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.table.utils.EncodingUtils;

/**
 * Makes an earlier snapshot of tables in the lake the current one: {@code lake.database.table=<snapshot id>} for each.
 * Iceberg's Flink catalog does it (FlinkCatalog.alterTable, {@code current-snapshot-id}); what came after stays in the
 * table's history, until it expires.
 *
 * <p>The job that writes a table must not run meanwhile.
 */
public final class RollBack {

    private RollBack() {}

    public static void main(String[] args) {
        Session session = Session.open(GlobalConfiguration.loadConfiguration(), "roll-back", new Variables(Map.of()));
        for (String argument : List.of(args)) {
            session.tables().executeSql(statement(argument));
        }
    }

    static String statement(String argument) {
        String[] sides = argument.split("=", 2);
        String[] path = sides[0].split("\\.");
        if (sides.length != 2 || path.length != 3 || !sides[1].matches("\\d+")) {
            throw new ScriptException("roll-back takes catalog.database.table=<snapshot id>; it got " + argument);
        }
        String table = String.join(".", List.of(path).stream().map(EncodingUtils::escapeIdentifier).toList());
        return "ALTER TABLE " + table + " SET ('current-snapshot-id' = '" + sides[1] + "')";
    }
}
