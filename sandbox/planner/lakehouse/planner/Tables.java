package lakehouse.planner;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.internal.TableEnvironmentInternal;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.catalog.ContextResolvedTable;
import org.apache.flink.table.catalog.ObjectIdentifier;
import org.apache.flink.table.catalog.ResolvedCatalogTable;
import org.apache.flink.table.catalog.UniqueConstraint;

/**
 * The tables that a program made, as plain data: temporary ones as it said, those in a catalog as that has them now,
 * which has types of its own.
 */
final class Tables {

    private Tables() {}

    static List<Map<String, Object>> made(Configuration configuration) {
        TableEnvironment tables = TableEnvironment.create(EnvironmentSettings.newInstance()
                .inStreamingMode()
                .withConfiguration(configuration)
                .build());
        List<Map<String, Object>> found = new ArrayList<>();
        MadeTables.FOUND.forEach((name, made) -> found.add(of(name, made, stored(tables, name, made))));
        return found;
    }

    private static ResolvedCatalogTable stored(TableEnvironment tables, ObjectIdentifier name, ResolvedCatalogTable made) {
        return ((TableEnvironmentInternal) tables)
                .getCatalogManager()
                .getTable(name)
                .map(ContextResolvedTable::<ResolvedCatalogTable>getResolvedTable)
                .orElse(made);
    }

    private static Map<String, Object> of(ObjectIdentifier name, ResolvedCatalogTable made, ResolvedCatalogTable stored) {
        // Iceberg keeps a column's comment and doesn't tell Flink.
        Map<String, String> comments = new HashMap<>();
        made.getResolvedSchema()
                .getColumns()
                .forEach(column -> comments.put(column.getName(), column.getComment().orElse("")));
        List<Map<String, Object>> columns = new ArrayList<>();
        for (Column column : stored.getResolvedSchema().getColumns()) {
            Map<String, Object> each = new LinkedHashMap<>();
            each.put("name", column.getName());
            each.put("type", Types.of(column.getDataType().getLogicalType().copy(true)));
            each.put("nullable", column.getDataType().getLogicalType().isNullable());
            each.put("description", comments.getOrDefault(column.getName(), ""));
            columns.add(each);
        }
        Map<String, Object> found = new LinkedHashMap<>();
        found.put("catalog", name.getCatalogName());
        found.put("database", name.getDatabaseName());
        found.put("name", name.getObjectName());
        found.put("connector", made.getOptions().getOrDefault("connector", "iceberg"));
        found.put("columns", columns);
        found.put("key", stored.getResolvedSchema()
                .getPrimaryKey()
                .map(UniqueConstraint::getColumns)
                .orElse(List.of()));
        found.put("partitioned_by", stored.getPartitionKeys());
        return found;
    }
}
