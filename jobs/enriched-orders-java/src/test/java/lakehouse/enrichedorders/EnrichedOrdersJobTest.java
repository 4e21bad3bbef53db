package lakehouse.enrichedorders;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import lakehouse.sqlrunner.JobProperties;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableDescriptor;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.TablePipeline;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The job with its own files, as far as no database is needed. */
@Timeout(120)
class EnrichedOrdersJobTest {

    private static final Path PROPERTIES = Path.of("job.properties");
    /** What the platform sets for the sources of job.yaml. */
    private static final Map<String, String> ENVIRONMENT = Map.ofEntries(
            Map.entry("ERPDB_HOST", "mysql.internal"),
            Map.entry("ERPDB_PORT", "3307"),
            Map.entry("ERPDB_DATABASE", "erpdb"),
            Map.entry("ERPDB_USERNAME", "reader"),
            Map.entry("ERPDB_PASSWORD", "secret-1"),
            Map.entry("ERPDB_SERVER_ID_PRODUCTS", "100-101"),
            Map.entry("ERPDB_SERVER_ID_ORDERS", "200-201"),
            Map.entry("SHIPDB_HOST", "postgres.internal"),
            Map.entry("SHIPDB_PORT", "5433"),
            Map.entry("SHIPDB_DATABASE", "shipdb"),
            Map.entry("SHIPDB_USERNAME", "reader"),
            Map.entry("SHIPDB_PASSWORD", "secret-2"),
            Map.entry("SHIPDB_SLOT_SHIPMENTS", "dev_shipments"),
            Map.entry("DATABASE_ORDERS", LakeTable.DATABASE));

    @TempDir
    Path folder;

    @Test
    void itsFileAndThePlatformsEnvironmentGiveAllThatItHasToKnow() {
        JobProperties properties = JobProperties.read(PROPERTIES, EnrichedOrdersJob.KEYS, ENVIRONMENT);
        EnrichedOrdersJob.KEYS.forEach(properties::get);
    }

    @Test
    void aMisspeltKeyIsAnErrorThatNamesTheNearest() throws IOException {
        String text = Files.readString(PROPERTIES).replace("shipdb.publication", "shipdb.publicatoin");
        Path file = Files.writeString(folder.resolve("job.properties"), text);
        String message = assertThrows(
                        RuntimeException.class,
                        () -> JobProperties.read(file, EnrichedOrdersJob.KEYS, ENVIRONMENT))
                .getMessage();
        assertTrue(
                message.contains("the job has no key 'shipdb.publicatoin'; the nearest is shipdb.publication"),
                message);
    }

    @Test
    void eachSourceReadsItsTableWithALoginAndAnIdentityOfItsOwn() {
        JobProperties properties = properties(Map.of());
        Map<String, String> orders = Sources.orders(properties).getOptions();
        assertEquals("mysql.internal", orders.get("hostname"));
        assertEquals("3307", orders.get("port"));
        assertEquals("secret-1", orders.get("password"));
        assertEquals("200-201", orders.get("server-id"));
        assertEquals("orders", orders.get("table-name"));
        assertEquals("100-101", Sources.products(properties).getOptions().get("server-id"));
        Map<String, String> shipments = Sources.shipments(properties).getOptions();
        assertEquals("postgres.internal", shipments.get("hostname"));
        assertEquals("secret-2", shipments.get("password"));
        assertEquals("dev_shipments", shipments.get("slot.name"));
        assertEquals("lakehouse", shipments.get("debezium.publication.name"));
        assertEquals("lakehouse.cdc.FreshSlotSnapshotter", shipments.get("debezium.snapshot.custom.class"));
    }

    @Test
    void theEnvironmentOverridesTheFile() {
        TableDescriptor orders = Sources.orders(properties(Map.of("ERPDB_TIME_ZONE", "Europe/Berlin")));
        assertEquals("Europe/Berlin", orders.getOptions().get("server-time-zone"));
    }

    @Test
    void whatItWritesFitsTheTableColumnByColumn() throws IOException {
        TableEnvironment tables = TableEnvironment.create(EnvironmentSettings.inStreamingMode());
        LakeTable.create(tables);

        TablePipeline job = EnrichedOrdersJob.define(tables, properties(Map.of()));

        assertEquals(LakeTable.NAME, job.getSinkIdentifier().orElseThrow().asSummaryString());
        assertEquals(
                tables.from(LakeTable.NAME).getResolvedSchema().getColumnNames(),
                Enrichment.join(tables.from("orders"), tables.from("products"), tables.from("shipments"))
                        .getResolvedSchema()
                        .getColumnNames());
    }

    private static JobProperties properties(Map<String, String> further) {
        Map<String, String> environment = new HashMap<>(ENVIRONMENT);
        environment.putAll(further);
        return JobProperties.read(PROPERTIES, EnrichedOrdersJob.KEYS, environment);
    }
}
