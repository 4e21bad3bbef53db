package lakehouse.sqlrunner;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.configuration.GlobalConfiguration;

/**
 * A Java job's configuration: its properties file, each of whose keys an environment variable overrides ({@code
 * erpdb.host} is ERPDB_HOST). A secret is only ever in the environment.
 *
 * <p>What is a secret follows from its key, as in Flink's own configuration: {@link GlobalConfiguration#isSensitive}.
 */
public final class JobProperties {

    private static final String REMEDY = "Mount the job's properties there, or name another with --config-filepath.";

    private final Set<String> keys;
    private final Variables variables;

    private JobProperties(Set<String> keys, Variables variables) {
        this.keys = keys;
        this.variables = variables;
    }

    /**
     * Exactly {@code keys}, each with a value; or one error that names all that is wrong.
     *
     * @param environment variables by name, as {@link System#getenv()} gives them
     */
    public static JobProperties read(Path path, Set<String> keys, Map<String, String> environment) {
        String name = path.getFileName().toString();
        String text = TextFile.read(path, "properties file", REMEDY).replace("\uFEFF", "");
        List<String> problems = new ArrayList<>();
        Map<String, String> values = new HashMap<>();
        for (Map.Entry<String, String> entry : parse(text, name, problems).entrySet()) {
            String key = entry.getKey();
            String place = place(name, text, key);
            if (!keys.contains(key)) {
                problems.add(place + ": the job has no key '" + key + "'" + nearest(key, keys));
            } else if (GlobalConfiguration.isSensitive(key)) {
                problems.add(place + ": " + key + " is a secret, which no file holds: remove it here, and set the "
                        + "environment variable " + Variables.environmentName(key));
            } else {
                values.put(Variables.environmentName(key), entry.getValue());
            }
        }
        Set<String> written = new TreeSet<>(values.keySet());
        values.putAll(environment);
        for (String key : new TreeSet<>(keys)) {
            String variable = Variables.environmentName(key);
            if (!values.containsKey(variable)) {
                problems.add(missing(name, key, variable, environment.keySet()));
            } else if (values.get(variable).isBlank()) {
                boolean inFile = written.contains(variable) && !environment.containsKey(variable);
                problems.add((inFile ? place(name, text, key) + ": " + key : name + ": " + key + " (" + variable + ")")
                        + " is empty: give it a value");
            }
        }
        if (!problems.isEmpty()) {
            throw ScriptException.of(problems);
        }
        return new JobProperties(keys, new Variables(values));
    }

    /** The value of one of the job's keys. */
    public String get(String key) {
        if (!keys.contains(key)) {
            throw new IllegalArgumentException(
                    "'" + key + "' is none of the keys that the job named" + nearest(key, keys));
        }
        return variables.value(key).orElseThrow();
    }

    /** The same values for tables.sql, beside all else of the environment; and they mask what Flink says of them. */
    Variables variables() {
        return variables;
    }

    private static Map<String, String> parse(String text, String name, List<String> problems) {
        Map<String, String> found = new LinkedHashMap<>();
        Properties parser = new Properties() {
            private static final long serialVersionUID = 1L;

            @Override
            public synchronized Object put(Object key, Object value) {
                // Java itself would silently take the last.
                if (found.put(key.toString(), value.toString().strip()) != null) {
                    problems.add(place(name, text, key.toString()) + ": " + key + " stands twice; keep one");
                }
                return null;
            }
        };
        try {
            parser.load(new StringReader(text));
        } catch (IllegalArgumentException e) {
            throw new ScriptException(
                    name + ": " + e.getMessage() + "\n  Write a backslash as \\\\, a character as itself.");
        } catch (IOException e) {
            throw new IllegalStateException("a string that cannot be read", e);
        }
        return found;
    }

    private static String missing(String name, String key, String variable, Set<String> environment) {
        String message = name + ": " + key + " has no value: ";
        String unset = "the environment variable " + variable + " is not set";
        String hint = Names.nearest(variable, environment)
                .filter(found -> Names.distance(variable, found) <= Variables.ONE_SLIP)
                .map(found -> "; the nearest that is set is " + found)
                .orElse("");
        String where = GlobalConfiguration.isSensitive(key) ? unset : "it is not in the file, and " + unset;
        return message + where + hint;
    }

    private static String nearest(String key, Set<String> keys) {
        return Names.nearest(key, keys).map(found -> "; the nearest is " + found).orElse("; it has none at all");
    }

    /** The file, and the line of the key where it is written plainly. */
    private static String place(String name, String text, String key) {
        Matcher line = Pattern.compile("(?m)^[ \\t\\f]*" + Pattern.quote(key) + "([ \\t\\f=:]|$)").matcher(text);
        if (!line.find()) {
            return name;
        }
        return name + ":" + (1 + text.substring(0, line.start()).chars().filter(c -> c == '\n').count());
    }
}
