package lakehouse.maintenance;

import java.util.Map;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.table.catalog.CatalogDescriptor;
import org.apache.flink.table.catalog.FileCatalogStore;
import org.apache.iceberg.flink.CatalogLoader;

/** The Iceberg catalogs that jobs of this image have, from Flink's file catalog store. */
final class Catalogs {

    private static final String STORE = "table.catalog-store.file.path";

    private Catalogs() {}

    static CatalogLoader named(String name) {
        String folder = GlobalConfiguration.loadConfiguration().toMap().get(STORE);
        if (folder == null) {
            throw new IllegalArgumentException("Flink's configuration has no " + STORE + ", so that it has no catalogs");
        }
        FileCatalogStore store = new FileCatalogStore(folder);
        store.open();
        try {
            Optional<CatalogDescriptor> found = store.getCatalog(name);
            Map<String, String> options = found.map(CatalogDescriptor::getConfiguration)
                    .map(Configuration::toMap)
                    .orElseThrow(() -> new IllegalArgumentException(
                            "--catalog " + name + ": there are " + String.join(", ", store.listCatalogs())));
            return loader(name, options);
        } finally {
            store.close();
        }
    }

    /** As Iceberg's own factory does it for Flink, which nobody else may call. */
    private static CatalogLoader loader(String name, Map<String, String> options) {
        org.apache.hadoop.conf.Configuration hadoop = new org.apache.hadoop.conf.Configuration(false);
        String implementation = options.get("catalog-impl");
        if (implementation != null) {
            return CatalogLoader.custom(name, options, hadoop, implementation);
        }
        String type = options.getOrDefault("catalog-type", "hive");
        return switch (type) {
            case "hive" -> CatalogLoader.hive(name, hadoop, options);
            case "rest" -> CatalogLoader.rest(name, hadoop, options);
            default -> throw new IllegalArgumentException("--catalog " + name + " is of the type " + type);
        };
    }
}
