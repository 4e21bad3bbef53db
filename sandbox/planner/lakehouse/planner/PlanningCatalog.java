package lakehouse.planner;

import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.hadoop.HadoopCatalog;

/**
 * Stands for every Iceberg catalog while a job is planned: tables in a folder that goes afterwards, and each database
 * that somebody asks for is there.
 */
public final class PlanningCatalog extends HadoopCatalog {

    public PlanningCatalog() {
        setConf(new Configuration());
    }

    @Override
    public Map<String, String> loadNamespaceMetadata(Namespace namespace) {
        try {
            return super.loadNamespaceMetadata(namespace);
        } catch (NoSuchNamespaceException missing) {
            createNamespace(namespace, Map.of());
            return super.loadNamespaceMetadata(namespace);
        }
    }
}
