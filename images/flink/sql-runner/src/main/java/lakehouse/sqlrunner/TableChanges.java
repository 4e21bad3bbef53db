package lakehouse.sqlrunner;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.flink.table.api.internal.TableEnvironmentInternal;
import org.apache.flink.table.catalog.CatalogManager;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.catalog.ContextResolvedTable;
import org.apache.flink.table.catalog.ObjectIdentifier;
import org.apache.flink.table.catalog.ResolvedCatalogTable;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.operations.Operation;
import org.apache.flink.table.operations.ddl.CreateTableOperation;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.utils.EncodingUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What CREATE TABLE IF NOT EXISTS leaves undone where the table exists: columns that the script has and the table lacks
 * are added, if they may be NULL. No other column is ever changed; any other difference is an error.
 *
 * <p>A table may have more columns than the script, as after a job went back to its version before. One that nothing
 * was written with is taken away again: Flink keeps whole rows of the sink as state, so that the old version could not go
 * on from its own savepoint. One that has been written stays, and is NULL in what this script writes. So that this is
 * possible, and columns may stand in any order, the script's INSERTs then name the columns.
 */
final class TableChanges {

    private static final Logger LOG = LoggerFactory.getLogger(TableChanges.class);
    private static final String REMEDY = "\n  Write it as it is in the table, or write to a new table.";

    private final Session session;
    private final CatalogManager catalogs;
    private final Map<ObjectIdentifier, List<String>> lists = new HashMap<>();

    TableChanges(Session session) {
        this.session = session;
        this.catalogs = ((TableEnvironmentInternal) session.tables()).getCatalogManager();
    }

    /** Runs a statement; before that, makes an existing table fit it, or it the table. */
    void prepare(Statement statement) {
        if (statement.startsWith("CREATE", "TABLE", "IF", "NOT", "EXISTS")) {
            add(statement);
        }
    }

    /** The statement with the columns of each INSERT that needs them, one for each table that was prepared. */
    Statement adapted(Statement statement) {
        return lists.isEmpty() ? statement : ColumnLists.added(statement, this::list);
    }

    private Optional<List<String>> list(String path) {
        return Optional.ofNullable(lists.get(catalogs.qualifyIdentifier(
                ((TableEnvironmentInternal) session.tables()).getParser().parseIdentifier(path))));
    }

    private void add(Statement statement) {
        List<Operation> parsed = session.parse(statement);
        if (!(parsed.get(0) instanceof CreateTableOperation create)
                || !(create.getCatalogTable() instanceof ResolvedCatalogTable declared)) {
            return;
        }
        ObjectIdentifier name = create.getTableIdentifier();
        Optional<ResolvedSchema> existing = catalogs.getTable(name)
                .filter(table -> !table.isTemporary())
                .map(ContextResolvedTable::getResolvedSchema);
        existing.ifPresent(table -> fit(statement, name, declared.getResolvedSchema(), table));
    }

    private void fit(Statement statement, ObjectIdentifier name, ResolvedSchema declared, ResolvedSchema existing) {
        List<Column> missing = new ArrayList<>();
        for (Column column : declared.getColumns()) {
            LogicalType type = column.getDataType().getLogicalType();
            Optional<Column> same = existing.getColumn(column.getName());
            if (same.isEmpty()) {
                if (!type.isNullable()) {
                    throw refused(statement, name, column, "is new and NOT NULL, and rows that are there have no value for it",
                            "\n  Let it be NULL, or write to a new table.");
                }
                missing.add(column);
            } else {
                LogicalType there = same.get().getDataType().getLogicalType();
                if (!StoredType.same(type, there)) {
                    throw refused(statement, name, column, "is " + type.asSummaryString() + " here, and "
                            + there.asSummaryString() + " in the table", REMEDY);
                }
            }
        }
        List<String> surplus = existing.getColumns().stream()
                .filter(column -> declared.getColumn(column.getName()).isEmpty())
                .map(column -> removable(statement, name, column))
                .toList();
        List<String> columns = new ArrayList<>(existing.getColumnNames());
        Set<String> unwritten = surplus.isEmpty()
                ? Set.of()
                : UnwrittenColumns.of(catalogs.getCatalog(name.getCatalogName()), name);
        for (String column : surplus) {
            if (unwritten.contains(column)) {
                alter(statement, name, "DROP (" + EncodingUtils.escapeIdentifier(column) + ")");
                columns.remove(column);
            } else {
                LOG.warn("{}: the table has a further column, {}: rows are written without it", statement.position(), column);
            }
        }
        if (!missing.isEmpty()) {
            alter(statement, name, missing.stream().map(TableChanges::definition).collect(Collectors.joining(", ", "ADD (", ")")));
            missing.forEach(column -> columns.add(column.getName()));
        }
        if (!columns.equals(declared.getColumnNames())) {
            lists.put(name, declared.getColumnNames());
        }
    }

    private static String removable(Statement statement, ObjectIdentifier name, Column column) {
        if (!column.getDataType().getLogicalType().isNullable()) {
            throw refused(statement, name, column, "is NOT NULL in the table, and is missing here", REMEDY);
        }
        return column.getName();
    }

    private void alter(Statement statement, ObjectIdentifier name, String how) {
        session.execute(statement, "ALTER TABLE " + name.asSerializableString() + " " + how);
    }

    private static String definition(Column column) {
        return EncodingUtils.escapeIdentifier(column.getName()) + " "
                + column.getDataType().getLogicalType().asSerializableString()
                + column.getComment()
                        .map(comment -> " COMMENT '" + EncodingUtils.escapeSingleQuotes(comment) + "'")
                        .orElse("");
    }

    private static ScriptException refused(
            Statement statement, ObjectIdentifier name, Column column, String what, String remedy) {
        return new ScriptException(statement.position() + ": the column '" + column.getName() + "' of "
                + name.asSummaryString() + " " + what + "\n  " + statement.firstLine() + remedy);
    }
}
