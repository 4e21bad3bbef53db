package lakehouse.sqlrunner;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.runtime.util.EnvironmentInformation;
import org.apache.flink.table.api.Executable;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.TableResult;

/**
 * What the main class of a Java job calls: it starts the job as {@link SqlRunner} starts a script, and a failure ends
 * both alike.
 *
 * <p>Arguments: {@code --config-filepath <properties file>}, and {@code --writes catalog.database.table=key,columns}
 * for each table that job.yaml promises. Beside the properties file may lie {@code tables.sql}, which makes the job's
 * tables in the lake.
 */
public final class JavaJob {

    static final String TABLES = "tables.sql";

    /** The job itself: its sources, what becomes of them, and where that goes. */
    @FunctionalInterface
    public interface Definition {

        /**
         * Defines the one job, and runs nothing.
         *
         * @param tables has the lake's catalogs, and the tables of tables.sql
         * @param properties has a value for each key that the job named
         */
        Executable define(TableEnvironment tables, JobProperties properties);
    }

    private JavaJob() {}

    /**
     * Starts the job and returns once Flink has it; from there on the job, and how it ends, is Flink's.
     *
     * @param job the main class, for messages and to find its jar
     * @param keys all that the job has to know from outside: the keys of its properties file, and its secrets
     */
    public static void run(Class<?> job, String[] arguments, Set<String> keys, Definition definition) {
        TerminationLog.reporting(() -> {
            BuiltFor.check(job, EnvironmentInformation.getVersion());
            JobArguments parsed = JobArguments.parse(job, List.of(arguments));
            start(job, parsed, keys, definition, System.getenv(), GlobalConfiguration.loadConfiguration());
        });
    }

    static TableResult start(
            Class<?> job,
            JobArguments arguments,
            Set<String> keys,
            Definition definition,
            Map<String, String> environment,
            Configuration configuration) {
        JobProperties properties = JobProperties.read(arguments.properties(), keys, environment);
        Variables variables = properties.variables();
        Session session = Session.open(configuration, job.getSimpleName(), variables);
        createTables(arguments.properties().resolveSibling(TABLES), session);
        try {
            Executable defined = definition.define(session.tables(), properties);
            arguments.promises().forEach(promise -> promise.check(session.tables()));
            return defined.execute();
        } catch (ScriptException failure) {
            throw failure;
        } catch (Exception | LinkageError failure) {
            throw FlinkFailure.ofCode(failure, job, variables);
        }
    }

    private static void createTables(Path path, Session session) {
        if (!Files.exists(path)) {
            return;
        }
        List<Statement> statements = new ScriptScanner(Script.read(path), session.variables()).scan();
        OneJobRule.refuseJobs(statements);
        TableChanges changes = new TableChanges(session);
        for (Statement statement : statements) {
            changes.prepare(statement);
            session.execute(statement);
        }
    }
}
