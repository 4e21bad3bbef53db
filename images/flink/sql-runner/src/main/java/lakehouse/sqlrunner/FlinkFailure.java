package lakehouse.sqlrunner;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Turns what Flink throws at a statement into a message in the script's terms, with no secret in it. */
final class FlinkFailure {

    private static final Pattern PLACE = Pattern.compile("line (\\d+), column (\\d+)");
    /** Where Flink's messages turn into lists of every token, option or connector. */
    private static final Pattern LISTS =
            Pattern.compile("\\s+(Was expecting|Table options are:|Supported options:|Available factory)");
    /** What Flink says once for each layer, and the place, with which our line begins. */
    private static final Pattern PREFIX = Pattern.compile(
            "^(SQL (?<phase>\\w+) failed\\. )+(From line \\d+, column \\d+ to line \\d+, column \\d+: )?");

    private static final int LONGEST = 300;
    private static final String REMEDY = "No job was started. The log has the whole trace.";

    private FlinkFailure() {}

    /** A statement that Flink refuses. */
    static ScriptException of(Throwable failure, Statement statement, Variables variables) {
        List<String> messages = messages(failure, variables);
        Matcher place = PLACE.matcher(String.join("\n", messages));
        int offset = place.find() ? origin(statement, place) : statement.start();

        List<String> lines = new ArrayList<>();
        Script script = statement.script();
        lines.add(script.position(offset) + ": " + inScript(shortened(messages.get(0)), statement));
        lines.add("  in: " + statement.firstLine());
        if (script.position(offset).line() != statement.position().line()) {
            lines.add("  at: " + script.line(offset));
        }
        if (messages.size() > 1) {
            lines.add("  because: " + inScript(messages.get(messages.size() - 1), statement));
        }
        lines.add("  " + REMEDY);
        return new ScriptException(String.join("\n", lines), masked(failure, variables));
    }

    /** A table environment that does not come up; it is the catalogs' doing, or the configuration's. */
    static ScriptException ofConfiguration(Throwable failure, String name, Variables variables) {
        return of(failure, name + ": Flink's configuration gives no table environment", variables);
    }

    /** Code of a job, or Flink called by it. */
    static ScriptException ofCode(Throwable failure, Class<?> job, Variables variables) {
        return of(failure, job.getSimpleName(), variables);
    }

    private static ScriptException of(Throwable failure, String what, Variables variables) {
        return new ScriptException(
                what + ": " + String.join("\n  because: ", messages(failure, variables)) + "\n  " + REMEDY,
                masked(failure, variables));
    }

    /** What each cause adds to the one before: the first and the last are the ones that tell. */
    private static List<String> messages(Throwable failure, Variables variables) {
        List<String> messages = new ArrayList<>();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = cause.getMessage() == null
                    ? cause.getClass().getSimpleName()
                    : brief(variables.mask(cause.getMessage()));
            if (messages.stream().noneMatch(said -> said.contains(message))) {
                messages.add(message);
            }
        }
        return messages.size() > 2 ? List.of(messages.get(0), messages.get(messages.size() - 1)) : messages;
    }

    private static String brief(String message) {
        Matcher lists = LISTS.matcher(message);
        String told = (lists.find() ? message.substring(0, lists.start()) : message).strip().replaceAll("\\s+", " ");
        return told.length() <= LONGEST ? told : told.substring(0, LONGEST) + "…";
    }

    private static String shortened(String message) {
        return PREFIX.matcher(message).replaceFirst("SQL ${phase} failed: ");
    }

    private static String inScript(String message, Statement statement) {
        return PLACE.matcher(message).replaceAll(place -> {
            Script.Position position = statement.script().position(origin(statement, place));
            return "line " + position.line() + ", column " + position.column();
        });
    }

    private static int origin(Statement statement, MatchResult place) {
        return statement.origin(Integer.parseInt(place.group(1)), Integer.parseInt(place.group(2)));
    }

    /** The same failure with the same trace, fit for a log. */
    private static Throwable masked(Throwable failure, Variables variables) {
        if (failure == null) {
            return null;
        }
        Masked copy = new Masked(variables.mask(failure.toString()), masked(failure.getCause(), variables));
        copy.setStackTrace(failure.getStackTrace());
        return copy;
    }

    private static final class Masked extends Exception {

        private static final long serialVersionUID = 1L;

        Masked(String message, Throwable cause) {
            super(message, cause);
        }

        @Override
        public String toString() {
            return getMessage();
        }
    }
}
