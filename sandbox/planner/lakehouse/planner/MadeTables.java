package lakehouse.planner;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.catalog.CatalogBaseTable.TableKind;
import org.apache.flink.table.catalog.ObjectIdentifier;
import org.apache.flink.table.catalog.ResolvedCatalogTable;
import org.apache.flink.table.catalog.listener.CatalogModificationListener;
import org.apache.flink.table.catalog.listener.CatalogModificationListenerFactory;
import org.apache.flink.table.catalog.listener.CreateTableEvent;

/**
 * The tables that a program makes in its table environment, whatever it is written in: Flink tells a listener of each,
 * temporary ones too.
 */
public final class MadeTables implements CatalogModificationListenerFactory {

    /** What {@code table.catalog-modification.listeners} calls it. */
    static final String IDENTIFIER = "lakehouse-planner";

    static final Map<ObjectIdentifier, ResolvedCatalogTable> FOUND = new LinkedHashMap<>();

    @Override
    public CatalogModificationListener createListener(Context context) {
        return event -> {
            if (event instanceof CreateTableEvent made
                    && made.table().getTableKind() == TableKind.TABLE
                    && made.table() instanceof ResolvedCatalogTable table) {
                FOUND.put(made.identifier(), table);
            }
        };
    }

    @Override
    public String factoryIdentifier() {
        return IDENTIFIER;
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of();
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Set.of();
    }
}
