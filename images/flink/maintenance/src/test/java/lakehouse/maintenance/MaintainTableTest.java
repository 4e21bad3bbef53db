package lakehouse.maintenance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.flink.TableLoader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MaintainTableTest {

    @TempDir
    private Path folder;

    private TableEnvironment flink;

    @BeforeEach
    void write() throws Exception {
        flink = TableEnvironment.create(EnvironmentSettings.inBatchMode());
        flink.getConfig().set("parallelism.default", "1");
        flink.getConfig().set("table.dml-sync", "true");
        flink.executeSql("CREATE CATALOG lake WITH ('type' = 'iceberg', 'catalog-type' = 'hadoop', 'warehouse' = '%s')"
                .formatted(folder.toUri()));
        flink.executeSql("CREATE DATABASE lake.shop");
        flink.executeSql("CREATE TABLE lake.shop.orders (id INT, status STRING, PRIMARY KEY (id) NOT ENFORCED) "
                + "WITH ('format-version' = '2', 'write.upsert.enabled' = 'true')");
        for (String rows : List.of("(1, 'new'), (2, 'new')", "(2, 'paid')", "(3, 'new')")) {
            flink.executeSql("INSERT INTO lake.shop.orders VALUES " + rows);
        }
    }

    @Test
    void aTableIsOneFileAfterwardsWithTheSameRowsAndOneSnapshot() throws Exception {
        String done = maintained(Duration.ZERO);
        // The last delete stays for a commit more: Iceberg drops those that no data file is older than.
        assertTrue(done.contains("\"before\": {\"data_files\": 3, \"delete_files\": 3, \"snapshots\": 3}"), done);
        assertTrue(done.contains("\"after\": {\"data_files\": 1, \"delete_files\": 1, \"snapshots\": 1}"), done);
        assertEquals(List.of("+I[1, new]", "+I[2, paid]", "+I[3, new]"), rows());
    }

    @Test
    void aSnapshotAndAFileThatNoneKnowsStayUntilTheyAreOld() throws Exception {
        Path data = folder.resolve("shop/orders/data");
        Path old = Files.writeString(data.resolve("old.parquet"), "left behind");
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(4))));
        Path young = Files.writeString(data.resolve("young.parquet"), "of a commit under way");
        String done = maintained(Duration.ofDays(5));
        assertTrue(done.contains("\"snapshots\": 4}, \"files_expired\": 0, \"orphans_deleted\": 1"), done);
        assertFalse(Files.exists(old));
        assertTrue(Files.exists(young));
        assertEquals(3, rows().size());
    }

    @Test
    void aTaskThatFailsIsAnError() throws Exception {
        try (Stream<Path> files = Files.walk(folder.resolve("shop/orders/data"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.delete(file);
            }
        }
        Exception failed = assertThrows(MaintainTable.TaskFailed.class, () -> maintained(Duration.ofDays(5)));
        assertTrue(failed.getMessage().startsWith("compaction failed"), failed.getMessage());
    }

    private String maintained(Duration keep) throws Exception {
        Arguments arguments =
                new Arguments("lake", TableIdentifier.of("shop", "orders"), keep, 1, Duration.ofDays(3));
        try (TableLoader table = TableLoader.fromHadoopTable(folder.resolve("shop/orders").toUri().toString())) {
            return MaintainTable.maintain(table, arguments);
        }
    }

    private List<String> rows() {
        List<String> rows = new ArrayList<>();
        flink.executeSql("SELECT * FROM lake.shop.orders ORDER BY id")
                .collect()
                .forEachRemaining(row -> rows.add(row.toString()));
        return rows;
    }
}
