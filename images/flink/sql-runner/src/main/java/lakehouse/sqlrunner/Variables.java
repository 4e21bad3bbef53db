package lakehouse.sqlrunner;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The values behind {@code ${source.key}}, from the environment: {@code ${erpdb.host}} is ERPDB_HOST. */
final class Variables {

    /**
     * Keys whose values may appear in a message, because they are what one needs to see there. The value of any other
     * key counts as a secret: a new kind of credential is then hidden without anyone having thought of it.
     */
    private static final Set<String> PUBLIC_KEYS =
            Set.of("host", "hostname", "port", "database", "schema", "table", "user", "username", "region");

    /** Nobody can keep a secret this short, and hiding every "1" would make a message unreadable. */
    private static final int SHORTEST_SECRET = 4;

    /** How many letters apart two names are where one may be the other misspelt; two letters swapped count as two. */
    static final int ONE_SLIP = 2;

    private static final int MOST_NAMES = 5;

    private final Map<String, String> environment;
    private final Map<String, String> secrets = new HashMap<>();

    Variables(Map<String, String> environment) {
        this.environment = environment;
    }

    static String environmentName(String variable) {
        return variable.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
    }

    Optional<String> value(String variable) {
        String value = environment.get(environmentName(variable));
        if (value != null && value.length() >= SHORTEST_SECRET && !isPublic(variable)) {
            secrets.put(value, "${" + variable + "}");
        }
        return Optional.ofNullable(value);
    }

    private static boolean isPublic(String variable) {
        return PUBLIC_KEYS.contains(variable.substring(variable.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT));
    }

    /** The text with each secret that was handed out replaced by its variable. */
    String mask(String text) {
        // The longest first: one secret may be part of another.
        List<String> values = secrets.keySet().stream()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
        for (String value : values) {
            for (String written : List.of(value, value.replace("'", "''"), value.replace("`", "``"))) {
                text = text.replace(written, secrets.get(value));
            }
        }
        return text;
    }

    /** Says that a variable is missing, and which the author may have meant. Names only, never values. */
    String missing(String variable) {
        String wanted = environmentName(variable);
        String source = variable.substring(0, variable.indexOf('.'));
        String prefix = environmentName(source) + "_";
        Comparator<String> nearestFirst = Names.nearestTo(wanted);

        String message = "${" + variable + "} has no value: the environment variable " + wanted + " is not set";
        List<String> siblings = environment.keySet().stream()
                .filter(name -> name.startsWith(prefix))
                .sorted(nearestFirst)
                .limit(MOST_NAMES)
                // Any spelling that leads back to the same environment variable is right.
                .map(name -> name.substring(prefix.length()).toLowerCase(Locale.ROOT).replace('_', '.'))
                .map(key -> "${" + source + "." + key + "}")
                .toList();
        if (!siblings.isEmpty()) {
            return message + "; " + source + " has, nearest first: " + String.join(", ", siblings);
        }
        return environment.keySet().stream()
                .filter(name -> Names.distance(wanted, name) <= ONE_SLIP)
                .min(nearestFirst)
                .map(name -> message + "; the nearest that is set is " + name)
                .orElse(message + ", nor any other of " + source + ": is it among the reads of job.yaml?");
    }
}
