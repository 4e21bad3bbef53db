package lakehouse.sqlrunner;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.internal.TableEnvironmentInternal;
import org.apache.flink.table.catalog.ContextResolvedTable;
import org.apache.flink.table.catalog.ObjectIdentifier;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.catalog.UniqueConstraint;

/**
 * What job.yaml says of a table that the job writes: it exists, and these columns are its upsert key. Analysts rely on
 * it, so a script that makes another table does not start.
 *
 * @param table catalog, database and name
 * @param key the columns of the PRIMARY KEY, in any order; empty for a table whose rows are only ever added
 */
record Promise(ObjectIdentifier table, List<String> key) {

    private static final String OPTION = "--writes";

    /** Reads {@code --writes lake.database.table=a,b}, as often as it is given. */
    static List<Promise> parse(List<String> arguments) {
        List<Promise> promises = new ArrayList<>();
        for (int index = 0; index < arguments.size(); index += 2) {
            String[] sides = index + 1 < arguments.size() ? arguments.get(index + 1).split("=", 2) : new String[0];
            String[] path = sides.length == 2 ? sides[0].split("\\.") : new String[0];
            if (!arguments.get(index).equals(OPTION) || path.length != 3) {
                throw new ScriptException("sql-runner takes a script's path, and " + OPTION
                        + " catalog.database.table=key,columns for each table that it writes; it got "
                        + String.join(" ", arguments));
            }
            List<String> key = sides[1].isEmpty() ? List.of() : List.of(sides[1].split(","));
            promises.add(new Promise(ObjectIdentifier.of(path[0], path[1], path[2]), key));
        }
        return promises;
    }

    /** Throws, in words for job.yaml's author, when the table is not as promised. */
    void check(TableEnvironment tables) {
        String name = table.asSummaryString();
        ResolvedSchema schema = ((TableEnvironmentInternal) tables)
                .getCatalogManager()
                .getTable(table)
                .map(ContextResolvedTable::getResolvedSchema)
                .orElseThrow(() -> new ScriptException("job.yaml: writes " + name
                        + ", which the script does not make\n  Correct writes, or CREATE TABLE IF NOT EXISTS it before "
                        + "the INSERT."));
        List<String> columns = schema.getColumnNames();
        for (String column : key) {
            if (!columns.contains(column)) {
                throw new ScriptException("job.yaml: writes " + name + " with the key column '" + column
                        + "', which the table does not have\n  Its columns: " + String.join(", ", columns));
            }
        }
        List<String> primary =
                schema.getPrimaryKey().map(UniqueConstraint::getColumns).orElse(List.of());
        if (!new TreeSet<>(primary).equals(new TreeSet<>(key))) {
            throw new ScriptException("job.yaml: writes " + name + " with the key (" + String.join(", ", key)
                    + "), but the table's PRIMARY KEY is (" + String.join(", ", primary)
                    + ")\n  Make both the same: rows of the lake are replaced by that key, or, without one, only added.");
        }
    }
}
