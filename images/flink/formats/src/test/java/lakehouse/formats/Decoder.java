package lakehouse.formats;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.catalog.CatalogTable;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.catalog.ObjectIdentifier;
import org.apache.flink.table.catalog.ResolvedCatalogTable;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.runtime.connector.source.ScanRuntimeProviderContext;
import org.apache.flink.util.InstantiationUtil;
import org.apache.flink.util.SimpleUserCodeClassLoader;
import org.apache.flink.util.UserCodeClassLoader;

/** The format as a connector uses it: found by its options, sent to a task, opened there. */
final class Decoder {

    private final DeserializationSchema<RowData> schema;

    private Decoder(DeserializationSchema<RowData> schema) {
        this.schema = schema;
    }

    /** Of a table with these columns; {@code options}: without the leading {@code dead-letter.}. */
    static Decoder open(List<Column> columns, Map<String, String> options) throws Exception {
        ResolvedSchema columnsOnly = ResolvedSchema.of(columns);
        ClassLoader loader = Decoder.class.getClassLoader();
        ResolvedCatalogTable table = new ResolvedCatalogTable(
                CatalogTable.newBuilder()
                        .schema(Schema.newBuilder().fromResolvedSchema(columnsOnly).build())
                        .build(),
                columnsOnly);
        var context = new FactoryUtil.DefaultDynamicTableContext(
                ObjectIdentifier.of("c", "d", "t"), table, Map.of(), new Configuration(), loader, false);
        DeserializationSchema<RowData> schema = new DeadLetterFormatFactory()
                .createDecodingFormat(context, Configuration.fromMap(options))
                .createRuntimeDecoder(ScanRuntimeProviderContext.INSTANCE, columnsOnly.toPhysicalRowDataType());
        DeserializationSchema<RowData> sent = InstantiationUtil.clone(schema);
        sent.open(new TaskContext(loader));
        return new Decoder(sent);
    }

    /** The rows that a message becomes. */
    List<RowData> decode(byte[] message) throws IOException {
        List<RowData> rows = new ArrayList<>();
        schema.deserialize(message, new ListCollector<>(rows));
        return rows;
    }

    private record TaskContext(ClassLoader loader) implements DeserializationSchema.InitializationContext {

        @Override
        public MetricGroup getMetricGroup() {
            return new UnregisteredMetricsGroup();
        }

        @Override
        public UserCodeClassLoader getUserCodeClassLoader() {
            return SimpleUserCodeClassLoader.create(loader);
        }
    }
}
