package lakehouse.cdc;

import io.debezium.DebeziumException;
import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.debezium.connector.postgresql.snapshot.InitialSnapshotter;
import io.debezium.connector.postgresql.spi.OffsetState;
import io.debezium.connector.postgresql.spi.SlotCreationResult;
import io.debezium.connector.postgresql.spi.SlotState;
import io.debezium.relational.TableId;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the first snapshot of a PostgreSQL table at the very position where its replication slot begins, also when the
 * slot is there already: {@code 'debezium.snapshot.mode' = 'custom'}, {@code 'debezium.snapshot.custom.class' =
 * 'lakehouse.cdc.FreshSlotSnapshotter'} of a {@code postgres-cdc} table.
 *
 * <p>Debezium's own {@code initial} (1.9, PostgresSnapshotChangeEventSource) does so with a slot that it makes: it reads
 * the rows in the transaction that the slot exports. A slot that it finds is left from an attempt that no checkpoint
 * remembers. With that, it notes the server's position and reads the rows thereafter: what is committed in between comes
 * twice, as a row and as a change, and a row that the joins and the sink got twice outlives its deletion. Here such a slot,
 * which nobody will read, is dropped and made again.
 */
public final class FreshSlotSnapshotter extends InitialSnapshotter {

    private static final Logger LOG = LoggerFactory.getLogger(FreshSlotSnapshotter.class);

    private FreshSlot slot;

    @Override
    public void init(PostgresConnectorConfig config, OffsetState offset, SlotState found) {
        super.init(config, offset, found);
        if (offset == null && found != null) {
            slot = remade(config);
            LOG.info("The slot '{}' was left from an attempt before; it was made again", slot.created().slotName());
        }
    }

    private static FreshSlot remade(PostgresConnectorConfig config) {
        try {
            return FreshSlot.instead(config);
        } catch (SQLException failure) {
            throw new DebeziumException("The replication slot could not be made again", failure);
        }
    }

    /** False: changes follow from where the slot stands, and not from where the server does when it is asked. */
    @Override
    public boolean shouldStreamEventsStartingFromSnapshot() {
        return slot == null;
    }

    /** The one statement of a snapshot that Debezium lets us choose with a slot that it did not make. */
    @Override
    public Optional<String> snapshotTableLockingStatement(Duration timeout, Set<TableId> tables) {
        return slot == null
                ? super.snapshotTableLockingStatement(timeout, tables)
                : Optional.of(inTransactionOf(slot.created()));
    }

    /** A transaction can take over another's view before its first query only, so a new one begins. */
    static String inTransactionOf(SlotCreationResult created) {
        return "COMMIT; BEGIN ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT '" + created.snapshotName() + "'";
    }

    @Override
    public Optional<String> buildSnapshotQuery(TableId table, List<String> columns) {
        // By now the view is taken over; it needs its first owner no more.
        close();
        return super.buildSnapshotQuery(table, columns);
    }

    @Override
    public void snapshotCompleted() {
        close();
        super.snapshotCompleted();
    }

    private void close() {
        if (slot != null) {
            slot.close();
        }
    }
}
