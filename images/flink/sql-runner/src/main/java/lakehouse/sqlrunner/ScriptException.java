package lakehouse.sqlrunner;

import java.util.List;

/** What is wrong, where, and what to do about it: one to five lines for the script's author. */
final class ScriptException extends RuntimeException {

    private static final long serialVersionUID = 1L;
    private static final int MOST_LINES = 5;

    ScriptException(String message) {
        this(message, null);
    }

    ScriptException(String message, Throwable cause) {
        // No stack trace of its own: the message says where. Flink's failures keep theirs, as the cause.
        super(message, cause, false, false);
    }

    static ScriptException of(List<String> problems) {
        if (problems.size() <= MOST_LINES) {
            return new ScriptException(String.join("\n", problems));
        }
        List<String> first = problems.subList(0, MOST_LINES - 1);
        return new ScriptException(
                String.join("\n", first) + "\n… and " + (problems.size() - first.size()) + " more like these");
    }
}
