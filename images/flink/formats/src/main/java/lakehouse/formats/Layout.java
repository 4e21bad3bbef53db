package lakehouse.formats;

import java.io.Serializable;
import java.util.List;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.LogicalType;

/** Where the fields of a record, and what is said of a malformed one, stand in a table's row. */
final class Layout implements Serializable {

    private static final long serialVersionUID = 1L;

    private final RowData.FieldGetter[] fields;
    private final int[] positions;
    private final int value;
    private final int reason;

    /** {@code positions}: for each field of a record, its place in the row. */
    Layout(List<LogicalType> fields, int[] positions, int value, int reason) {
        this.fields = new RowData.FieldGetter[positions.length];
        for (int i = 0; i < positions.length; i++) {
            this.fields[i] = RowData.createFieldGetter(fields.get(i), i);
        }
        this.positions = positions;
        this.value = value;
        this.reason = reason;
    }

    RowData decoded(RowData record) {
        GenericRowData row = new GenericRowData(positions.length + 2);
        for (int i = 0; i < positions.length; i++) {
            row.setField(positions[i], fields[i].getFieldOrNull(record));
        }
        return row;
    }

    /** {@code message} is null where the record has no value at all. */
    RowData malformed(byte[] message, String why) {
        GenericRowData row = new GenericRowData(positions.length + 2);
        row.setField(value, message);
        row.setField(reason, StringData.fromString(why));
        return row;
    }
}
