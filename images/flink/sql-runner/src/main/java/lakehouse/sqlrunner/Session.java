package lakehouse.sqlrunner;

import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.table.api.internal.TableEnvironmentInternal;
import org.apache.flink.table.operations.Operation;
import org.apache.flink.table.operations.command.SetOperation;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where a script's statements run: a table environment, whose failures are told in the script's terms. */
record Session(TableEnvironment tables, Variables variables) {

    private static final Logger LOG = LoggerFactory.getLogger(Session.class);

    /** From Flink's own configuration, so that its catalog store gives every job the same catalogs by name. */
    static Session open(Configuration configuration, String name, Variables variables) {
        try {
            TableEnvironment tables = TableEnvironment.create(
                    EnvironmentSettings.newInstance().inStreamingMode().withConfiguration(configuration).build());
            return new Session(tables, variables);
        } catch (Exception | LinkageError failure) {
            throw FlinkFailure.ofConfiguration(failure, name, variables);
        }
    }

    TableResult execute(Statement statement) {
        // As written, before substitution: what is logged holds no secret.
        LOG.info("{}: {}", statement.position(), statement.firstLine());
        try {
            return statement.startsWith("SET") ? set(statement) : tables.executeSql(statement.sql());
        } catch (Exception | LinkageError failure) {
            throw FlinkFailure.of(failure, statement, variables);
        }
    }

    /** What follows from a statement of the script, and does not stand in it. */
    void execute(Statement statement, String consequence) {
        LOG.info("{}: {}", statement.position(), consequence);
        try {
            tables.executeSql(consequence);
        } catch (Exception | LinkageError failure) {
            throw FlinkFailure.of(failure, statement, variables);
        }
    }

    List<Operation> parse(Statement statement) {
        try {
            return ((TableEnvironmentInternal) tables).getParser().parse(statement.sql());
        } catch (Exception | LinkageError failure) {
            throw FlinkFailure.of(failure, statement, variables);
        }
    }

    /** {@code executeSql} refuses SET, which is the SQL client's; Flink's parser knows it all the same. */
    private TableResult set(Statement statement) {
        List<Operation> parsed = ((TableEnvironmentInternal) tables).getParser().parse(statement.sql());
        if (parsed.get(0) instanceof SetOperation set && set.getKey().isPresent() && set.getValue().isPresent()) {
            tables.getConfig().set(set.getKey().get(), set.getValue().get());
            return null;
        }
        throw new IllegalArgumentException("SET takes a key and a value: SET 'key' = 'value';");
    }
}
