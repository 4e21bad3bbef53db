package lakehouse.sqlrunner;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.table.api.TableResult;

/**
 * Runs one SQL script as one Flink job: the main class of every SQL job in application mode.
 *
 * <p>A failure is thrown out of {@link #main}, never a {@code System.exit}: Flink then ends the application as FAILED
 * (its process with a code other than 0), or, under the Kubernetes operator, submits a failed job that carries the
 * message into the FlinkDeployment's status. An exit from inside would kill the JobManager before it can do either.
 */
public final class SqlRunner {

    private SqlRunner() {}

    public static void main(String[] args) {
        TerminationLog.reporting(() -> {
            if (args.length == 0) {
                throw new ScriptException("sql-runner takes the path of a script");
            }
            List<Promise> promises = Promise.parse(List.of(args).subList(1, args.length));
            // Returns once the job is submitted. From there on the job, and how it ends, is Flink's.
            run(Path.of(args[0]), promises, System.getenv(), GlobalConfiguration.loadConfiguration());
        });
    }

    /**
     * Runs the script's statements in order and returns the result of the last, which is the submitted job; before that
     * one, the tables must be as promised.
     */
    static TableResult run(
            Path path, List<Promise> promises, Map<String, String> environment, Configuration configuration) {
        Script script = Script.read(path);
        Variables variables = new Variables(environment);
        List<Statement> statements = new ScriptScanner(script, variables).scan();
        OneJobRule.check(script, statements);

        Session session = Session.open(configuration, script.name(), variables);
        TableResult last = null;
        for (Statement statement : statements) {
            if (statement == statements.get(statements.size() - 1)) {
                promises.forEach(promise -> promise.check(session.tables()));
            }
            last = session.execute(statement);
        }
        return last;
    }
}
