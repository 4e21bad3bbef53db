package lakehouse.maintenance;

import java.util.Map;
import java.util.stream.StreamSupport;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotSummary;
import org.apache.iceberg.Table;

/** How much a reader of a table has to open. */
record TableShape(long dataFiles, long deleteFiles, long snapshots) {

    static TableShape of(Table table) {
        Snapshot current = table.currentSnapshot();
        Map<String, String> summary = current == null ? Map.of() : current.summary();
        return new TableShape(
                Long.parseLong(summary.getOrDefault(SnapshotSummary.TOTAL_DATA_FILES_PROP, "0")),
                Long.parseLong(summary.getOrDefault(SnapshotSummary.TOTAL_DELETE_FILES_PROP, "0")),
                StreamSupport.stream(table.snapshots().spliterator(), false).count());
    }

    String json() {
        return "{\"data_files\": %d, \"delete_files\": %d, \"snapshots\": %d}".formatted(dataFiles, deleteFiles, snapshots);
    }
}
