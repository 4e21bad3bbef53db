package lakehouse.sqlrunner;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The command line of {@link SqlRunner}: a script's path, or the script itself; then {@code --writes} for each table that
 * job.yaml promises.
 *
 * <p>A job of a session cluster shares its pods with others, so nothing of its own is mounted there: the script is an
 * argument, and so are its variables that are no secret ({@code --variable NAME=value}, over the environment's).
 *
 * @param inSession whether others run in the same process
 */
record RunnerArguments(Script script, Map<String, String> variables, List<Promise> promises, boolean inSession) {

    private static final String TEXT = "--script-text";
    private static final String VARIABLE = "--variable";
    private static final String NAME = "job.sql";

    static RunnerArguments parse(List<String> arguments) {
        if (arguments.isEmpty()) {
            throw new ScriptException("sql-runner takes the path of a script, or " + TEXT + " and the script");
        }
        if (!arguments.get(0).equals(TEXT)) {
            List<Promise> promises = Promise.parse(arguments.subList(1, arguments.size()));
            return new RunnerArguments(Script.read(Path.of(arguments.get(0))), Map.of(), promises, false);
        }
        if (arguments.size() == 1) {
            throw new ScriptException("sql-runner: " + TEXT + " is the last argument, and needs the script after it");
        }
        Map<String, String> variables = new HashMap<>();
        int index = 2;
        for (; index + 1 < arguments.size() && arguments.get(index).equals(VARIABLE); index += 2) {
            String[] sides = arguments.get(index + 1).split("=", 2);
            if (sides.length != 2) {
                throw new ScriptException("sql-runner: " + VARIABLE + " takes NAME=value; it got " + sides[0]);
            }
            variables.put(sides[0], sides[1]);
        }
        List<Promise> promises = Promise.parse(arguments.subList(index, arguments.size()));
        return new RunnerArguments(Script.of(NAME, arguments.get(1)), variables, promises, true);
    }
}
