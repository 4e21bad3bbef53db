package lakehouse.cdc;

import io.debezium.DebeziumException;
import io.debezium.config.Configuration;
import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.debezium.connector.postgresql.PostgresConnectorConfig.AutoCreateMode;
import io.debezium.connector.postgresql.PostgresConnectorConfig.LogicalDecoder;
import io.debezium.connector.postgresql.connection.PostgresConnection;
import io.debezium.connector.postgresql.connection.ReplicationConnection;
import io.debezium.connector.postgresql.spi.SlotCreationResult;
import java.sql.SQLException;

/**
 * A replication slot that was just made, and the view of the database that belongs to its position: the view can be taken
 * over by other transactions until this is closed (PostgreSQL docs: CREATE_REPLICATION_SLOT, EXPORT_SNAPSHOT).
 */
final class FreshSlot implements AutoCloseable {

    private final ReplicationConnection connection;
    private final PostgresConnection metadata;
    private final SlotCreationResult created;

    private FreshSlot(
            ReplicationConnection connection, PostgresConnection metadata, SlotCreationResult created) {
        this.connection = connection;
        this.metadata = metadata;
        this.created = created;
    }

    /** Instead of the slot of this name that is there. Throws DebeziumException while somebody reads from that. */
    static FreshSlot instead(PostgresConnectorConfig config) throws SQLException {
        Configuration settings = settings(config);
        String name = settings.getString(PostgresConnectorConfig.SLOT_NAME);
        PostgresConnection metadata = new PostgresConnection(config.getJdbcConfig(), "lakehouse fresh slot");
        ReplicationConnection connection = null;
        try {
            // It asks again for a while, since the server takes its time to notice that a reader has died.
            if (!metadata.dropReplicationSlot(name) && exists(metadata, name, settings)) {
                throw new DebeziumException("the replication slot '" + name + "' is left from an attempt before and can't be"
                        + " dropped: somebody reads from it, or this account may not");
            }
            connection = ReplicationConnection.builder(config)
                    .withSlot(name)
                    .withPublication(config.publicationName())
                    .withPublicationAutocreateMode(
                            AutoCreateMode.parse(settings.getString(PostgresConnectorConfig.PUBLICATION_AUTOCREATE_MODE)))
                    .withTableFilter(config.getTableFilters())
                    .withPlugin(plugin(settings))
                    .dropSlotOnClose(false)
                    .jdbcMetadataConnection(metadata)
                    .build();
            SlotCreationResult created = connection.createReplicationSlot().orElseThrow();
            return new FreshSlot(connection, metadata, created);
        } catch (SQLException | RuntimeException failure) {
            close(connection);
            close(metadata);
            throw failure;
        }
    }

    SlotCreationResult created() {
        return created;
    }

    @Override
    public void close() {
        close(connection);
        close(metadata);
    }

    private static boolean exists(PostgresConnection metadata, String name, Configuration settings) throws SQLException {
        return metadata.getReplicationSlotState(name, plugin(settings).getPostgresPluginName()) != null;
    }

    @SuppressWarnings("deprecation") // What it should be replaced by is for Debezium's own package.
    private static Configuration settings(PostgresConnectorConfig config) {
        return config.getConfig();
    }

    private static LogicalDecoder plugin(Configuration settings) {
        return LogicalDecoder.parse(settings.getString(PostgresConnectorConfig.PLUGIN_NAME));
    }

    private static void close(AutoCloseable connection) {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (Exception lost) {
            // It is over with it either way.
        }
    }
}
