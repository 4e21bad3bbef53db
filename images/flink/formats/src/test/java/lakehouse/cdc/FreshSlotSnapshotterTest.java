package lakehouse.cdc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.debezium.config.Configuration;
import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.debezium.connector.postgresql.connection.Lsn;
import io.debezium.connector.postgresql.spi.OffsetState;
import io.debezium.connector.postgresql.spi.SlotCreationResult;
import io.debezium.connector.postgresql.spi.SlotState;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What it does with a server: tests/end_to_end/test_first_snapshot.py. */
class FreshSlotSnapshotterTest {

    private static final SlotState FOUND = new SlotState(Lsn.valueOf(1L), Lsn.valueOf(1L), 1L, false);
    private static final OffsetState OFFSET = new OffsetState(Lsn.valueOf(1L), 1L, null, Instant.EPOCH, false);

    private final FreshSlotSnapshotter snapshotter = new FreshSlotSnapshotter();

    @Test
    void aSlotThatDebeziumWillMakeIsLeftToIt() {
        snapshotter.init(nowhere(), null, null);
        assertTrue(snapshotter.shouldSnapshot());
        assertAsDebeziumDoes();
    }

    @Test
    void aJobWithStateGoesOnWithItsSlot() {
        snapshotter.init(nowhere(), OFFSET, FOUND);
        assertFalse(snapshotter.shouldSnapshot());
        assertAsDebeziumDoes();
    }

    @Test
    void aSlotFromBeforeIsNeverUsedAsItIs() {
        assertThrows(RuntimeException.class, () -> snapshotter.init(nowhere(), null, FOUND));
    }

    @Test
    void rowsAreReadInTheTransactionOfTheSlot() {
        assertEquals(
                "COMMIT; BEGIN ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT '00000004-0000000D-1'",
                FreshSlotSnapshotter.inTransactionOf(
                        new SlotCreationResult("s", "0/1", "00000004-0000000D-1", "pgoutput")));
    }

    private void assertAsDebeziumDoes() {
        assertTrue(snapshotter.shouldStreamEventsStartingFromSnapshot());
        assertEquals(Optional.empty(), snapshotter.snapshotTableLockingStatement(Duration.ZERO, Set.of()));
        snapshotter.snapshotCompleted();
    }

    /** A server that does not answer: whoever asks it fails. */
    private static PostgresConnectorConfig nowhere() {
        return new PostgresConnectorConfig(Configuration.create()
                .with("database.server.name", "server")
                .with("database.hostname", "127.0.0.1")
                .with("database.port", 1)
                .with("database.dbname", "shipdb")
                .with("database.user", "cdc")
                .with("database.password", "secret")
                .with("plugin.name", "pgoutput")
                .with("slot.name", "s")
                .build());
    }
}
