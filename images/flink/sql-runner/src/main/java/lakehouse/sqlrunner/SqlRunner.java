package lakehouse.sqlrunner;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.table.api.internal.TableEnvironmentInternal;
import org.apache.flink.table.operations.Operation;
import org.apache.flink.table.operations.command.SetOperation;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one SQL script as one Flink job: the main class of every SQL job in application mode.
 *
 * <p>A failure is thrown out of {@link #main}, never a {@code System.exit}: Flink then ends the application as FAILED
 * (its process with a code other than 0), or, under the Kubernetes operator, submits a failed job that carries the
 * message into the FlinkDeployment's status. An exit from inside would kill the JobManager before it can do either.
 */
public final class SqlRunner {

    private static final Logger LOG = LoggerFactory.getLogger(SqlRunner.class);

    private SqlRunner() {}

    public static void main(String[] args) {
        try {
            if (args.length == 0) {
                throw new ScriptException("sql-runner takes the path of a script");
            }
            List<Promise> promises = Promise.parse(List.of(args).subList(1, args.length));
            // Returns once the job is submitted. From there on the job, and how it ends, is Flink's.
            run(Path.of(args[0]), promises, System.getenv(), GlobalConfiguration.loadConfiguration());
        } catch (ScriptException failure) {
            LOG.error(failure.getMessage());
            TerminationLog.write(failure.getMessage(), System.getenv());
            throw failure;
        }
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

        // From Flink's own configuration, so that its catalog store gives every script the same catalogs by name.
        TableEnvironment tables = create(configuration, script, variables);
        TableResult last = null;
        for (Statement statement : statements) {
            // As written, before substitution: what is logged holds no secret.
            LOG.info("{}: {}", statement.position(), statement.firstLine());
            if (statement == statements.get(statements.size() - 1)) {
                promises.forEach(promise -> promise.check(tables));
            }
            try {
                last = execute(statement, tables);
            } catch (Exception | LinkageError failure) {
                throw FlinkFailure.of(failure, statement, variables);
            }
        }
        return last;
    }

    private static TableEnvironment create(Configuration configuration, Script script, Variables variables) {
        try {
            return TableEnvironment.create(
                    EnvironmentSettings.newInstance().inStreamingMode().withConfiguration(configuration).build());
        } catch (Exception | LinkageError failure) {
            throw FlinkFailure.of(failure, script, variables);
        }
    }

    private static TableResult execute(Statement statement, TableEnvironment tables) {
        if (!statement.startsWith("SET")) {
            return tables.executeSql(statement.sql());
        }
        // executeSql refuses SET, which is the SQL client's; Flink's parser knows it all the same.
        List<Operation> parsed = ((TableEnvironmentInternal) tables).getParser().parse(statement.sql());
        if (parsed.get(0) instanceof SetOperation set && set.getKey().isPresent() && set.getValue().isPresent()) {
            tables.getConfig().set(set.getKey().get(), set.getValue().get());
            return null;
        }
        throw new IllegalArgumentException("SET takes a key and a value: SET 'key' = 'value';");
    }
}
