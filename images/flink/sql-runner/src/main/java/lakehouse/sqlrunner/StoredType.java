package lakehouse.sqlrunner;

import java.util.List;
import java.util.Objects;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;

/**
 * Whether a column of a script is that of a table. Not every type of Flink is one of Iceberg's, which stores it as the
 * next wider one (Iceberg docs: "Flink to Iceberg" of its types); what differs in that alone is the same.
 */
final class StoredType {

    private StoredType() {}

    static boolean same(LogicalType declared, LogicalType stored) {
        if (declared.isNullable() != stored.isNullable() || !root(declared).equals(root(stored))) {
            return false;
        }
        return switch (declared.getTypeRoot()) {
            case DECIMAL -> declared.copy(true).equals(stored.copy(true));
            case ROW -> names(declared).equals(names(stored)) && children(declared, stored);
            case ARRAY, MAP, MULTISET -> children(declared, stored);
            default -> true;
        };
    }

    private static LogicalTypeRoot root(LogicalType type) {
        return switch (type.getTypeRoot()) {
            case TINYINT, SMALLINT -> LogicalTypeRoot.INTEGER;
            case CHAR -> LogicalTypeRoot.VARCHAR;
            case BINARY -> LogicalTypeRoot.VARBINARY;
            default -> type.getTypeRoot();
        };
    }

    private static List<String> names(LogicalType row) {
        return ((RowType) row).getFieldNames();
    }

    private static boolean children(LogicalType declared, LogicalType stored) {
        List<LogicalType> left = declared.getChildren();
        List<LogicalType> right = stored.getChildren();
        for (int index = 0; index < left.size(); index++) {
            // A key of a map is NOT NULL to Iceberg in any case.
            if (!same(left.get(index).copy(true), right.get(index).copy(true))) {
                return false;
            }
        }
        return Objects.equals(left.size(), right.size());
    }
}
