package lakehouse.enrichedorders;

import java.util.Set;
import lakehouse.sqlrunner.JavaJob;
import lakehouse.sqlrunner.JobProperties;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.TablePipeline;

/** Orders from MySQL, joined with their product (MySQL) and shipment (PostgreSQL), one row an order in the lake. */
public final class EnrichedOrdersJob {

    /** What stands in job.properties or comes from the environment. */
    static final Set<String> KEYS = Set.of(
            "erpdb.host",
            "erpdb.port",
            "erpdb.database",
            "erpdb.username",
            "erpdb.password",
            "erpdb.time-zone",
            "erpdb.server-id.products",
            "erpdb.server-id.orders",
            "shipdb.host",
            "shipdb.port",
            "shipdb.database",
            "shipdb.schema",
            "shipdb.username",
            "shipdb.password",
            "shipdb.publication",
            "shipdb.slot.shipments",
            "database.orders");

    private EnrichedOrdersJob() {}

    public static void main(String[] args) {
        JavaJob.run(EnrichedOrdersJob.class, args, KEYS, EnrichedOrdersJob::define);
    }

    static TablePipeline define(TableEnvironment tables, JobProperties properties) {
        tables.createTemporaryTable("orders", Sources.orders(properties));
        tables.createTemporaryTable("products", Sources.products(properties));
        tables.createTemporaryTable("shipments", Sources.shipments(properties));
        return Enrichment.join(tables.from("orders"), tables.from("products"), tables.from("shipments"))
                .insertInto("lake.`" + properties.get("database.orders") + "`.enriched_orders_java");
    }
}
