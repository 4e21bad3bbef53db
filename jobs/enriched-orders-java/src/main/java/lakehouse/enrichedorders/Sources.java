package lakehouse.enrichedorders;

import static org.apache.flink.table.api.DataTypes.BOOLEAN;
import static org.apache.flink.table.api.DataTypes.DECIMAL;
import static org.apache.flink.table.api.DataTypes.INT;
import static org.apache.flink.table.api.DataTypes.STRING;
import static org.apache.flink.table.api.DataTypes.TIMESTAMP;

import lakehouse.sqlrunner.JobProperties;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.TableDescriptor;

/** The operational tables, as streams of their changes (Flink CDC docs: MySQL and PostgreSQL connector). */
final class Sources {

    static final Schema ORDERS = Schema.newBuilder()
            .column("order_id", INT().notNull())
            .column("order_date", TIMESTAMP(0))
            .column("customer_name", STRING())
            .column("order_total", DECIMAL(10, 2))
            .column("order_qty", INT())
            .column("product_id", INT())
            .column("order_status", STRING())
            .primaryKey("order_id")
            .build();

    static final Schema PRODUCTS = Schema.newBuilder()
            .column("id", INT().notNull())
            .column("name", STRING())
            .column("description", STRING())
            .column("price", DECIMAL(10, 2))
            .primaryKey("id")
            .build();

    /** An order has one shipment at most: order_id is unique in the source, so it can be the key here. */
    static final Schema SHIPMENTS = Schema.newBuilder()
            .column("shipment_id", INT().notNull())
            .column("order_id", INT().notNull())
            .column("origin", STRING())
            .column("destination", STRING())
            .column("has_arrived", BOOLEAN())
            .primaryKey("order_id")
            .build();

    private Sources() {}

    static TableDescriptor orders(JobProperties properties) {
        return mysql(properties, "orders", ORDERS);
    }

    static TableDescriptor products(JobProperties properties) {
        return mysql(properties, "products", PRODUCTS);
    }

    static TableDescriptor shipments(JobProperties properties) {
        return database("postgres-cdc", "shipdb", properties)
                .option("schema-name", properties.get("shipdb.schema"))
                .option("table-name", "shipments")
                .option("slot.name", properties.get("shipdb.slot.shipments"))
                .option("decoding.plugin.name", "pgoutput")
                .option("debezium.publication.name", properties.get("shipdb.publication"))
                .option("debezium.publication.autocreate.mode", "disabled")
                // A snapshot that is taken again, as after a failure before the first checkpoint, begins where its slot does.
                .option("debezium.snapshot.mode", "custom")
                .option("debezium.snapshot.custom.class", "lakehouse.cdc.FreshSlotSnapshotter")
                .schema(SHIPMENTS)
                .build();
    }

    private static TableDescriptor mysql(JobProperties properties, String table, Schema schema) {
        return database("mysql-cdc", "erpdb", properties)
                .option("table-name", table)
                .option("server-id", properties.get("erpdb.server-id." + table))
                .option("server-time-zone", properties.get("erpdb.time-zone"))
                .schema(schema)
                .build();
    }

    private static TableDescriptor.Builder database(String connector, String source, JobProperties properties) {
        return TableDescriptor.forConnector(connector)
                .option("hostname", properties.get(source + ".host"))
                .option("port", properties.get(source + ".port"))
                .option("username", properties.get(source + ".username"))
                .option("password", properties.get(source + ".password"))
                .option("database-name", properties.get(source + ".database"));
    }
}
