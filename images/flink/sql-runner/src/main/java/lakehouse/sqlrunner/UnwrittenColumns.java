package lakehouse.sqlrunner;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.apache.flink.table.catalog.Catalog;
import org.apache.flink.table.catalog.ObjectIdentifier;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.flink.FlinkCatalog;
import org.apache.iceberg.types.Types.NestedField;

/**
 * The columns of an Iceberg table that no snapshot has: each was added, and nothing was written since. A version of a job
 * that added a column and then did not start leaves such a one behind.
 */
final class UnwrittenColumns {

    private UnwrittenColumns() {}

    static Set<String> of(Optional<Catalog> catalog, ObjectIdentifier name) {
        if (!(catalog.orElse(null) instanceof FlinkCatalog iceberg)) {
            return Set.of();
        }
        return of(iceberg.catalog().loadTable(TableIdentifier.of(name.getDatabaseName(), name.getObjectName())));
    }

    private static Set<String> of(Table table) {
        Map<Integer, Schema> schemas = table.schemas();
        Set<Integer> written = StreamSupport.stream(table.snapshots().spliterator(), false)
                .flatMap(snapshot -> schemas.getOrDefault(snapshot.schemaId(), table.schema()).columns().stream())
                .map(NestedField::fieldId)
                .collect(Collectors.toSet());
        return table.schema().columns().stream()
                .filter(column -> !written.contains(column.fieldId()))
                .map(NestedField::name)
                .collect(Collectors.toSet());
    }
}
