package lakehouse.formats;

import java.util.Set;
import org.apache.flink.api.common.serialization.BulkWriter;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.connector.file.table.factories.BulkWriterFormatFactory;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.format.EncodingFormat;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DynamicTableFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;

/**
 * The format {@code parquet} of files that are written, by the writer that Iceberg has for its own tables.
 *
 * <p>Flink's own, flink-sql-parquet, has the same name, so that scripts stay as they are once it is in the image instead.
 */
public final class ParquetFormatFactory implements BulkWriterFormatFactory {

    private static final ConfigOption<String> COMPRESSION =
            ConfigOptions.key("compression").stringType().defaultValue("zstd").withDescription("As Parquet calls it.");

    @Override
    public String factoryIdentifier() {
        return "parquet";
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of();
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Set.of(COMPRESSION);
    }

    @Override
    public EncodingFormat<BulkWriter.Factory<RowData>> createEncodingFormat(
            DynamicTableFactory.Context context, ReadableConfig options) {
        FactoryUtil.validateFactoryOptions(this, options);
        return new Encoding(options.get(COMPRESSION));
    }

    private record Encoding(String compression) implements EncodingFormat<BulkWriter.Factory<RowData>> {

        @Override
        public BulkWriter.Factory<RowData> createRuntimeEncoder(DynamicTableSink.Context context, DataType row) {
            return new ParquetWriterFactory((RowType) row.getLogicalType(), compression);
        }

        @Override
        public ChangelogMode getChangelogMode() {
            return ChangelogMode.insertOnly();
        }
    }
}
