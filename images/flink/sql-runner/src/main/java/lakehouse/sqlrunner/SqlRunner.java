package lakehouse.sqlrunner;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.table.api.TableResult;

/**
 * Runs one SQL script as one Flink job: the main class of every SQL job, with a cluster of its own or in a session cluster.
 *
 * <p>A failure is thrown out of {@link #main}, never a {@code System.exit}: Flink then ends the application as FAILED
 * (its process with a code other than 0), or, under the Kubernetes operator, submits a failed job that carries the
 * message into the FlinkDeployment's status. An exit from inside would kill the JobManager before it can do either.
 */
public final class SqlRunner {

    private SqlRunner() {}

    public static void main(String[] args) {
        TerminationLog.reporting(() -> {
            RunnerArguments arguments = RunnerArguments.parse(List.of(args));
            Map<String, String> environment = new HashMap<>(System.getenv());
            environment.putAll(arguments.variables());
            Configuration configuration = GlobalConfiguration.loadConfiguration();
            // Returns once the job is submitted. From there on the job, and how it ends, is Flink's.
            run(
                    arguments.script(),
                    arguments.promises(),
                    environment,
                    arguments.inSession() ? catalogsOnly(configuration) : configuration);
        });
    }

    /**
     * In a session cluster its own configuration is not the job's: that one came with the job, and Flink has it already.
     * What is given here would go over it; only the catalog store must be known when the table environment is made.
     */
    static Configuration catalogsOnly(Configuration cluster) {
        Configuration catalogs = new Configuration();
        cluster.toMap().forEach((option, value) -> {
            if (option.startsWith("table.catalog-store.")) {
                catalogs.setString(option, value);
            }
        });
        return catalogs;
    }

    static TableResult run(
            Path path, List<Promise> promises, Map<String, String> environment, Configuration configuration) {
        return run(Script.read(path), promises, environment, configuration);
    }

    /**
     * Runs the script's statements in order and returns the result of the last, which is the submitted job; before that
     * one, the tables must be as promised. Columns that the script has and a table lacks are added to it.
     */
    static TableResult run(
            Script script, List<Promise> promises, Map<String, String> environment, Configuration configuration) {
        Variables variables = new Variables(environment);
        List<Statement> statements = new ScriptScanner(script, variables).scan();
        OneJobRule.check(script, statements);

        Session session = Session.open(configuration, script.name(), variables);
        TableChanges changes = new TableChanges(session);
        TableResult last = null;
        for (Statement statement : statements) {
            changes.prepare(statement);
            if (statement == statements.get(statements.size() - 1)) {
                promises.forEach(promise -> promise.check(session.tables()));
            }
            last = session.execute(changes.adapted(statement));
        }
        return last;
    }
}
