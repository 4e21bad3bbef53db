package lakehouse.sqlrunner;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A script ends in the one statement that starts its job. Flink's application mode with high availability allows one
 * job, and would find a second only after the first has started.
 */
final class OneJobRule {

    private static final Set<String> QUERIES = Set.of("SELECT", "WITH", "VALUES", "TABLE");
    private static final Set<String> ONE_OFFS = Set.of("UPDATE", "DELETE", "TRUNCATE", "CALL", "ANALYZE");

    private OneJobRule() {}

    /** What starts a job, as its author would call it, and what to do when it stands in the wrong place. */
    private enum Job {
        INSERT("INSERT", ""),
        STATEMENT_SET("statement set", ""),
        QUERY("query", "Remove it, make it a CREATE TEMPORARY VIEW, or INSERT its result into a table."),
        TABLE_AS("CREATE TABLE … AS", "Write CREATE TABLE IF NOT EXISTS with columns, then INSERT INTO it."),
        MATERIALIZED_TABLE("materialized table", "Write a table, then INSERT INTO it."),
        PLAN("compiled plan", "Write the INSERT itself."),
        ONE_OFF("statement", "Run it elsewhere: a streaming job's script runs again at every restart.");

        private final String title;
        private final String remedy;

        Job(String title, String remedy) {
            this.title = title;
            this.remedy = remedy;
        }

        boolean mayEndTheScript() {
            return this == INSERT || this == STATEMENT_SET;
        }
    }

    static void check(Script script, List<Statement> statements) {
        if (statements.isEmpty()) {
            throw new ScriptException(script.name() + ": the script holds no statement, only blanks and comments\n"
                    + "  End it with the INSERT that is its job.");
        }
        for (Statement statement : statements) {
            refuseWhatOnlyTheSqlClientKnows(statement);
        }
        Statement last = statements.get(statements.size() - 1);
        for (Statement statement : statements) {
            Optional<Job> job = job(statement);
            if (job.isPresent() && !job.get().mayEndTheScript()) {
                throw error(statement, "this " + job.get().title + " would start a job of its own", job.get().remedy);
            }
            if (job.isPresent() && statement != last) {
                throw notLast(statement, job.get(), statements);
            }
        }
        if (job(last).isEmpty()) {
            throw error(last, "the script ends here without a job", "End it with the INSERT that is its job.");
        }
    }

    /** Of a script that only makes tables for a job that is written elsewhere. */
    static void refuseJobs(List<Statement> statements) {
        for (Statement statement : statements) {
            refuseWhatOnlyTheSqlClientKnows(statement);
            job(statement).ifPresent(job -> {
                throw error(
                        statement,
                        "this " + job.title + " would start a job of its own",
                        "Remove it: this file makes tables, and the job writes to them.");
            });
        }
    }

    private static ScriptException notLast(Statement first, Job job, List<Statement> statements) {
        List<Statement> after = statements.subList(statements.indexOf(first) + 1, statements.size());
        Optional<Statement> second = after.stream().filter(s -> job(s).isPresent()).findFirst();
        if (second.isEmpty()) {
            return error(
                    after.get(0),
                    "this follows the " + job.title + " of line " + first.position().line() + ", which is the job",
                    "Move it before: the script ends in its job.");
        }
        return error(
                second.get(),
                "this is a second job, after the " + job.title + " of line " + first.position().line(),
                "Put both into one: EXECUTE STATEMENT SET BEGIN <INSERT …;> <INSERT …;> END;");
    }

    private static void refuseWhatOnlyTheSqlClientKnows(Statement statement) {
        if (statement.startsWith("BEGIN", "STATEMENT", "SET")) {
            throw error(
                    statement,
                    "BEGIN STATEMENT SET; is for the SQL client",
                    "Write EXECUTE STATEMENT SET BEGIN <INSERT …;> <INSERT …;> END;");
        }
        if (statement.startsWith("RESET")) {
            throw error(statement, "RESET is for the SQL client", "Remove the SET that it would undo.");
        }
    }

    private static Optional<Job> job(Statement statement) {
        List<String> words = statement.words();
        if (words.isEmpty()) {
            return statement.sql().startsWith("(") ? Optional.of(Job.QUERY) : Optional.empty();
        }
        if (statement.startsWith("EXECUTE", "STATEMENT", "SET")) {
            return Optional.of(Job.STATEMENT_SET);
        }
        if (statement.startsWith("EXECUTE", "PLAN") || statement.startsWith("COMPILE", "AND", "EXECUTE")) {
            return Optional.of(Job.PLAN);
        }
        String verb = words.get(words.size() > 1 && words.get(0).equals("EXECUTE") ? 1 : 0);
        if (verb.equals("INSERT")) {
            return Optional.of(Job.INSERT);
        }
        if (QUERIES.contains(verb) || statement.sql().startsWith("(")) {
            return Optional.of(Job.QUERY);
        }
        if (ONE_OFFS.contains(verb)) {
            return Optional.of(Job.ONE_OFF);
        }
        boolean creates = verb.equals("CREATE") || verb.equals("REPLACE");
        List<String> kind = words.subList(0, Math.min(4, words.size()));
        if (creates && kind.contains("MATERIALIZED")) {
            return Optional.of(Job.MATERIALIZED_TABLE);
        }
        if (creates && kind.contains("TABLE") && words.contains("AS")) {
            return Optional.of(Job.TABLE_AS);
        }
        return Optional.empty();
    }

    private static ScriptException error(Statement statement, String what, String remedy) {
        return new ScriptException(
                statement.position() + ": " + what + "\n  " + statement.firstLine() + "\n  " + remedy);
    }
}
