package lakehouse.enrichedorders;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.table.api.TableEnvironment;

/** The table of tables.sql, as far as Flink alone knows it: its columns, and nowhere to keep rows. */
final class LakeTable {

    static final String DATABASE = "iceberg_orders";
    static final String NAME = "lake." + DATABASE + ".enriched_orders_java";

    private LakeTable() {}

    static void create(TableEnvironment tables) throws IOException {
        String script = Files.readString(Path.of("tables.sql"))
                .replace("${database.orders}", DATABASE)
                // In the lake it is the catalog that knows the connector.
                .replace("WITH (", "WITH ('connector' = 'blackhole',");
        tables.executeSql("CREATE CATALOG lake WITH ('type' = 'generic_in_memory')");
        tables.executeSql("CREATE DATABASE lake." + DATABASE);
        tables.executeSql(script.strip().replaceFirst(";$", ""));
    }
}
