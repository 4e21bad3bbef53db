package lakehouse.formats;

import java.util.Set;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.formats.csv.CsvFormatFactory;
import org.apache.flink.table.connector.format.EncodingFormat;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DynamicTableFactory;
import org.apache.flink.table.factories.SerializationFormatFactory;

/**
 * The format {@code csv-lines}: Flink's {@code csv}, written row by row.
 *
 * <p>For files, Flink takes a writer of whole CSV files instead, which closes the stream too early: on S3 each checkpoint
 * fails with "Stream closed" (FLINK-33536).
 */
public final class CsvLinesFormatFactory implements SerializationFormatFactory {

    private final CsvFormatFactory csv = new CsvFormatFactory();

    @Override
    public String factoryIdentifier() {
        return "csv-lines";
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return csv.requiredOptions();
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return csv.optionalOptions();
    }

    @Override
    public EncodingFormat<SerializationSchema<RowData>> createEncodingFormat(
            DynamicTableFactory.Context context, ReadableConfig options) {
        return csv.createEncodingFormat(context, options);
    }
}
