package lakehouse.maintenance;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.catalog.TableIdentifier;

/**
 * The command line: what is done to which table.
 *
 * @param catalog as Flink's catalog store calls it
 * @param keep how old a snapshot may be
 * @param retain so many of the last snapshots stay, however old
 * @param orphans how old a file must be that no snapshot knows, to be removed
 */
record Arguments(String catalog, TableIdentifier table, Duration keep, int retain, Duration orphans) {

    private static final Set<String> NAMES = Set.of("--catalog", "--table", "--keep", "--retain-last", "--orphans-after");
    private static final String USAGE =
            "takes --catalog NAME --table DATABASE.TABLE --keep P5D --retain-last 1 --orphans-after P3D";

    static Arguments parse(List<String> given) {
        Map<String, String> values = new HashMap<>();
        for (int index = 0; index < given.size(); index += 2) {
            String name = given.get(index);
            if (!NAMES.contains(name) || index + 1 == given.size()) {
                throw new IllegalArgumentException("table-maintenance " + USAGE + "; it got " + name);
            }
            values.put(name, given.get(index + 1));
        }
        for (String name : NAMES) {
            if (!values.containsKey(name)) {
                throw new IllegalArgumentException("table-maintenance " + USAGE + "; " + name + " is missing");
            }
        }
        String[] table = values.get("--table").split("\\.");
        if (table.length != 2) {
            throw new IllegalArgumentException("--table takes DATABASE.TABLE; it got " + values.get("--table"));
        }
        return new Arguments(
                values.get("--catalog"),
                TableIdentifier.of(table),
                duration("--keep", values),
                number("--retain-last", values),
                duration("--orphans-after", values));
    }

    private static Duration duration(String name, Map<String, String> values) {
        try {
            return Duration.parse(values.get(name));
        } catch (DateTimeParseException error) {
            throw new IllegalArgumentException(name + " takes a duration like P5D or PT1H; it got " + values.get(name));
        }
    }

    private static int number(String name, Map<String, String> values) {
        String text = values.get(name);
        if (!text.matches("[1-9]\\d{0,8}")) {
            throw new IllegalArgumentException(name + " takes a number from 1 on; it got " + text);
        }
        return Integer.parseInt(text);
    }
}
