package lakehouse.catalogs;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Iceberg's catalog in a database, of which host, login and password come from the environment: Flink's catalog store
 * is a file that anybody may read who sees the pod, and of Iceberg's catalogs only that by REST reads variables.
 *
 * <p>{@code ${NAME}} in a property's value is the environment variable NAME.
 */
public final class JdbcCatalog extends org.apache.iceberg.jdbc.JdbcCatalog {

    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Z0-9_]+)}");

    @Override
    public void initialize(String name, Map<String, String> properties) {
        super.initialize(name, resolved(name, properties, System.getenv()));
    }

    static Map<String, String> resolved(String name, Map<String, String> properties, Map<String, String> environment) {
        return properties.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, property -> resolved(name, property.getValue(), environment)));
    }

    private static String resolved(String name, String value, Map<String, String> environment) {
        return VARIABLE.matcher(value).replaceAll(variable -> {
            String found = environment.get(variable.group(1));
            if (found == null) {
                throw new IllegalArgumentException("the catalog '" + name + "' needs the environment variable "
                        + variable.group(1) + ", which is not set: does job.yaml name the catalog?");
            }
            return Matcher.quoteReplacement(found);
        });
    }
}
