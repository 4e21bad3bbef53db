package lakehouse.enrichedorders;

import static org.apache.flink.table.api.Expressions.$;

import org.apache.flink.table.api.Table;

/** What the job does with its tables, wherever they come from. */
final class Enrichment {

    private Enrichment() {}

    /** One row an order, its columns in the order of tables.sql: a table is written by position. */
    static Table join(Table orders, Table products, Table shipments) {
        Table named = products.select(
                $("id").as("its_product"), $("name").as("product_name"), $("description").as("product_description"));
        Table shipped = shipments.renameColumns($("order_id").as("its_order"));
        return orders.leftOuterJoin(named, $("product_id").isEqual($("its_product")))
                .leftOuterJoin(shipped, $("order_id").isEqual($("its_order")))
                .select(
                        $("order_id"),
                        $("order_date"),
                        $("customer_name"),
                        $("order_total"),
                        $("order_qty"),
                        $("product_id"),
                        $("order_status"),
                        $("product_name"),
                        $("product_description"),
                        $("shipment_id"),
                        $("origin"),
                        $("destination"),
                        $("has_arrived"));
    }
}
