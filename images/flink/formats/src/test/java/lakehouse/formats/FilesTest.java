package lakehouse.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetReaders;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files that SQL writes, read by others. */
@Timeout(120)
class FilesTest {

    private static final String ROWS =
            """
            INSERT INTO files VALUES
              (1, 'a "b", c', TIMESTAMP '2026-01-02 03:04:05.678', 12.50, DATE '2026-01-02', TRUE, 'x'),
              (2, CAST(NULL AS STRING), CAST(NULL AS TIMESTAMP(3)), CAST(NULL AS DECIMAL(10, 2)), CAST(NULL AS DATE),
               CAST(NULL AS BOOLEAN), 'y')
            """;

    @TempDir
    Path folder;

    private TableEnvironment tables;

    @BeforeEach
    void open() {
        tables = TableEnvironment.create(
                EnvironmentSettings.newInstance().inBatchMode().build());
        tables.getConfig().set("parallelism.default", "1");
    }

    @Test
    void parquetFilesHoldTheRowsByPartition() throws Exception {
        write("'format' = 'parquet'");
        assertEquals(
                List.of("1|a \"b\", c|2026-01-02T03:04:05.678|12.50|2026-01-02|true"), parquet(folder.resolve("part=x")));
        assertEquals(List.of("2|null|null|null|null|null"), parquet(folder.resolve("part=y")));
    }

    @Test
    void csvLinesAreFlinksCsv() throws Exception {
        write("'format' = 'csv-lines', 'csv-lines.null-literal' = '-'");
        assertEquals(
                List.of("1,\"a \"\"b\"\", c\",\"2026-01-02 03:04:05.678\",12.5,2026-01-02,true"),
                Files.readAllLines(files(folder.resolve("part=x")).get(0)));
        assertEquals(
                List.of("2,-,-,-,-,-"), Files.readAllLines(files(folder.resolve("part=y")).get(0)));
    }

    private void write(String format) throws Exception {
        tables.executeSql(
                """
                CREATE TEMPORARY TABLE files (
                  id INT, name STRING, placed TIMESTAMP(3), price DECIMAL(10, 2), placed_on DATE, paid BOOLEAN, part STRING
                ) PARTITIONED BY (part) WITH ('connector' = 'filesystem', 'path' = '%s', %s)
                """
                        .formatted(folder.toUri(), format));
        tables.executeSql(ROWS).await();
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> found = Files.list(folder)) {
            return found.sorted(Comparator.naturalOrder()).toList();
        }
    }

    private static List<String> parquet(Path folder) throws IOException {
        Schema schema = new Schema(
                Types.NestedField.optional(0, "id", Types.IntegerType.get()),
                Types.NestedField.optional(1, "name", Types.StringType.get()),
                Types.NestedField.optional(2, "placed", Types.TimestampType.withoutZone()),
                Types.NestedField.optional(3, "price", Types.DecimalType.of(10, 2)),
                Types.NestedField.optional(4, "placed_on", Types.DateType.get()),
                Types.NestedField.optional(5, "paid", Types.BooleanType.get()));
        List<String> rows = new ArrayList<>();
        for (Path file : files(folder)) {
            try (CloseableIterable<Record> records = Parquet.read(org.apache.iceberg.Files.localInput(file.toFile()))
                    .project(schema)
                    .createReaderFunc(type -> GenericParquetReaders.buildReader(schema, type))
                    .build()) {
                for (Record record : records) {
                    List<String> values = new ArrayList<>();
                    for (int i = 0; i < record.size(); i++) {
                        values.add(String.valueOf(record.get(i)));
                    }
                    rows.add(String.join("|", values));
                }
            }
        }
        return rows;
    }
}
