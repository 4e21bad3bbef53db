package lakehouse.enrichedorders;

import static org.apache.flink.types.RowKind.DELETE;
import static org.apache.flink.types.RowKind.INSERT;
import static org.apache.flink.types.RowKind.UPDATE_AFTER;
import static org.apache.flink.types.RowKind.UPDATE_BEFORE;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.runtime.typeutils.ExternalTypeInfo;
import org.apache.flink.table.types.DataType;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The join as a Flink job, over streams of changes like those that the databases send: what is left at their end. */
@Timeout(120)
class EnrichmentTest {

    private static final LocalDateTime DATE = LocalDateTime.of(2025, 5, 17, 10, 30);

    private final StreamExecutionEnvironment flink = StreamExecutionEnvironment.createLocalEnvironment(2);
    private final StreamTableEnvironment tables = StreamTableEnvironment.create(flink);

    @Test
    void anOrderHasItsProductAndItsShipment() throws Exception {
        assertEquals(
                Map.of(1, enriched(1, "new", 7, "lamp", "gives light", 70, true)),
                result(
                        List.of(order(INSERT, 1, "new", 7)),
                        List.of(product(INSERT, 7, "lamp", "gives light")),
                        List.of(shipment(INSERT, 70, 1, true))));
    }

    @Test
    void anOrderWithoutEitherIsThereAllTheSame() throws Exception {
        assertEquals(
                Map.of(
                        1, enriched(1, "new", 7, null, null, null, null),
                        2, enriched(2, "new", null, null, null, null, null)),
                result(
                        List.of(order(INSERT, 1, "new", 7), order(INSERT, 2, "new", null)),
                        List.of(product(INSERT, 8, "chair", "one sits on it")),
                        List.of(shipment(INSERT, 70, 3, true))));
    }

    @Test
    void aChangeOfAnyOfTheThreeChangesTheRow() throws Exception {
        assertEquals(
                Map.of(
                        1, enriched(1, "paid", 8, "armchair", "softer", 70, true),
                        2, enriched(2, "new", 8, "armchair", "softer", null, null)),
                result(
                        List.of(
                                order(INSERT, 1, "new", 7),
                                order(INSERT, 2, "new", 8),
                                order(UPDATE_BEFORE, 1, "new", 7),
                                order(UPDATE_AFTER, 1, "paid", 8)),
                        List.of(
                                product(INSERT, 7, "lamp", "gives light"),
                                product(INSERT, 8, "chair", "one sits on it"),
                                product(UPDATE_BEFORE, 8, "chair", "one sits on it"),
                                product(UPDATE_AFTER, 8, "armchair", "softer")),
                        List.of(
                                shipment(INSERT, 70, 1, false),
                                shipment(UPDATE_BEFORE, 70, 1, false),
                                shipment(UPDATE_AFTER, 70, 1, true))));
    }

    @Test
    void aDeletedOrderIsGoneAndADeletedProductOrShipmentLeavesTheOrder() throws Exception {
        assertEquals(
                Map.of(1, enriched(1, "new", 7, null, null, null, null)),
                result(
                        List.of(
                                order(INSERT, 1, "new", 7),
                                order(INSERT, 2, "new", 7),
                                order(DELETE, 2, "new", 7)),
                        List.of(product(INSERT, 7, "lamp", "gives light"), product(DELETE, 7, "lamp", "gives light")),
                        List.of(
                                shipment(INSERT, 70, 1, false),
                                shipment(INSERT, 71, 2, false),
                                shipment(DELETE, 70, 1, false))));
    }

    private static Row order(RowKind kind, int id, String status, Integer product) {
        return Row.ofKind(kind, id, DATE, "Ada", new BigDecimal("9.50"), 2, product, status);
    }

    private static Row product(RowKind kind, int id, String name, String description) {
        return Row.ofKind(kind, id, name, description, new BigDecimal("4.75"));
    }

    private static Row shipment(RowKind kind, int id, int order, boolean arrived) {
        return Row.ofKind(kind, id, order, "Oslo", "Rome", arrived);
    }

    private static Row enriched(
            int id,
            String status,
            Integer product,
            String name,
            String description,
            Integer shipment,
            Boolean arrived) {
        String origin = shipment == null ? null : "Oslo";
        String destination = shipment == null ? null : "Rome";
        return Row.of(
                id, DATE, "Ada", new BigDecimal("9.50"), 2, product, status, name, description, shipment, origin,
                destination, arrived);
    }

    /** The rows that are left by order, after every change was applied. */
    private Map<Integer, Row> result(List<Row> orders, List<Row> products, List<Row> shipments) throws Exception {
        Table joined = Enrichment.join(
                stream(orders, Sources.ORDERS),
                stream(products, Sources.PRODUCTS),
                stream(shipments, Sources.SHIPMENTS));
        // How often each row is there: in another task, an order's old row may go after its new one came.
        Map<Row, Integer> counts = new HashMap<>();
        LakeTable.create(tables);
        Schema lake = Schema.newBuilder()
                .fromResolvedSchema(tables.from(LakeTable.NAME).getResolvedSchema())
                .build();
        CloseableIterator<Row> changes = tables.toChangelogStream(joined, lake).executeAndCollect();
        try {
            while (changes.hasNext()) {
                Row row = changes.next();
                int change = row.getKind() == INSERT || row.getKind() == UPDATE_AFTER ? 1 : -1;
                row.setKind(INSERT);
                counts.merge(row, change, Integer::sum);
            }
        } finally {
            changes.close();
        }
        counts.values().removeIf(count -> count == 0);
        assertEquals(List.of(), counts.entrySet().stream().filter(entry -> entry.getValue() != 1).toList());
        return counts.keySet().stream().collect(Collectors.toMap(row -> row.<Integer>getFieldAs(0), row -> row));
    }

    private Table stream(List<Row> changes, Schema schema) {
        DataTypes.Field[] fields = schema.getColumns().stream()
                .map(Schema.UnresolvedPhysicalColumn.class::cast)
                .map(column -> DataTypes.FIELD(column.getName(), (DataType) column.getDataType()))
                .toArray(DataTypes.Field[]::new);
        TypeInformation<Row> type = ExternalTypeInfo.of(DataTypes.ROW(fields));
        return tables.fromChangelogStream(flink.fromData(changes, type), schema);
    }
}
