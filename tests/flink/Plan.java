import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;

/**
 * Plans scripts with Flink's own planner and the image's connectors, without connecting to anything.
 *
 * <p>The argument is a folder with a folder for each script, and in it a file for each statement, in order. Beside each
 * last statement, the plan is written to `plan`, or what Flink says against the script to `error`.
 */
public final class Plan {
    private static final Pattern SET = Pattern.compile("SET\\s+'([^']+)'\\s*=\\s*'([^']*)'", Pattern.CASE_INSENSITIVE);

    public static void main(String[] args) throws Exception {
        for (Path script : sorted(Path.of(args[0]))) {
            try {
                Files.writeString(script.resolve("plan"), plan(sorted(script)));
            } catch (Exception | LinkageError failure) {
                StringBuilder said = new StringBuilder();
                for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                    said.append(cause.getMessage() == null ? cause.toString() : cause.getMessage()).append('\n');
                }
                Files.writeString(script.resolve("error"), said);
            }
        }
    }

    private static String plan(List<Path> statements) throws Exception {
        TableEnvironment tables =
                TableEnvironment.create(EnvironmentSettings.newInstance().inStreamingMode().build());
        for (Path file : statements.subList(0, statements.size() - 1)) {
            String statement = Files.readString(file);
            Matcher set = SET.matcher(statement);
            if (set.lookingAt()) {
                tables.getConfig().set(set.group(1), set.group(2));
            } else {
                tables.executeSql(statement);
            }
        }
        String last = Files.readString(statements.get(statements.size() - 1));
        String explain = last.startsWith("EXECUTE ") ? last.replaceFirst("EXECUTE", "EXPLAIN") : "EXPLAIN " + last;
        return String.valueOf(tables.executeSql(explain).collect().next().getField(0));
    }

    private static List<Path> sorted(Path folder) throws Exception {
        try (Stream<Path> found = Files.list(folder)) {
            return found.sorted().toList();
        }
    }
}
