package lakehouse.formats;

import java.util.List;
import java.util.stream.IntStream;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.Projection;
import org.apache.flink.table.connector.format.DecodingFormat;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.LogicalType;

/** What a table's columns mean: two are for malformed records, the rest is the wrapped format's. */
record DeadLetterDecodingFormat(
        DecodingFormat<DeserializationSchema<RowData>> wrapped, String valueColumn, String reasonColumn)
        implements DecodingFormat<DeserializationSchema<RowData>> {

    @Override
    public ChangelogMode getChangelogMode() {
        return ChangelogMode.insertOnly();
    }

    /** Raises {@code ValidationException} where the table lacks a column, or has one that no malformed record fits. */
    @Override
    public DeserializationSchema<RowData> createRuntimeDecoder(DynamicTableSource.Context context, DataType table) {
        List<String> names = DataType.getFieldNames(table);
        List<DataType> types = DataType.getFieldDataTypes(table);
        int value = position(names, types, valueColumn, DataTypes.BYTES(), DeadLetterOptions.VALUE_COLUMN.key());
        int reason = position(names, types, reasonColumn, DataTypes.STRING(), DeadLetterOptions.REASON_COLUMN.key());
        for (int i = 0; i < names.size(); i++) {
            if (!types.get(i).getLogicalType().isNullable()) {
                throw new ValidationException("The column '" + names.get(i)
                        + "' is NOT NULL, but it is NULL in the row of a record that cannot be decoded: remove NOT NULL.");
            }
        }
        int[] decoded = IntStream.range(0, names.size())
                .filter(i -> i != value && i != reason)
                .toArray();
        DataType records = Projection.of(decoded).project(table);
        List<LogicalType> fields = DataType.getFieldDataTypes(records).stream()
                .map(DataType::getLogicalType)
                .toList();
        return new DeadLetterDeserializationSchema(
                wrapped.createRuntimeDecoder(context, records),
                new Layout(fields, decoded, value, reason),
                context.createTypeInformation(table));
    }

    private static int position(
            List<String> names, List<DataType> types, String column, DataType wanted, String option) {
        int position = names.indexOf(column);
        if (position < 0) {
            throw new ValidationException("The table has no column '" + column + "': add " + column + " "
                    + wanted.getLogicalType().asSummaryString()
                    + " for records that cannot be decoded, or name another one by 'dead-letter." + option + "'.");
        }
        LogicalType type = types.get(position).getLogicalType();
        if (!type.copy(true).equals(wanted.getLogicalType())) {
            throw new ValidationException("The column '" + column + "' is " + type.asSummaryString() + ": it must be "
                    + wanted.getLogicalType().asSummaryString() + ", since 'dead-letter." + option + "' names it.");
        }
        return position;
    }
}
