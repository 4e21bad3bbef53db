package lakehouse.sqlrunner;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.flink.table.utils.EncodingUtils;

/** Gives INSERTs that name no columns a list of them. */
final class ColumnLists {

    private static final String PART = "(?:`(?:[^`]|``)*`|[\\p{L}\\p{N}_]+)";
    /** What may hold the word INSERT without being one; then an INSERT, as far as its columns would stand. */
    private static final Pattern INSERT = Pattern.compile(
            "'(?:[^']|'')*'|`(?:[^`]|``)*`|/\\*\\+.*?\\*/"
                    + "|\\bINSERT\\s+(?:INTO|OVERWRITE)\\s+(?<path>" + PART + "(?:\\s*\\.\\s*" + PART + ")*)"
                    + "(?<hint>\\s*/\\*\\+.*?\\*/)?(?=(?<next>\\s*\\(?\\s*[\\p{L}`(]+))",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    /** How a query begins, in parentheses or not; all else in parentheses is a list of columns. */
    private static final Pattern QUERY =
            Pattern.compile("\\s*(?:\\(\\s*)*(?:SELECT|WITH|VALUES|TABLE)", Pattern.CASE_INSENSITIVE);

    private ColumnLists() {}

    /** @param list gives the columns for a table's path, or none where there is nothing to add */
    static Statement added(Statement statement, Function<String, Optional<List<String>>> list) {
        StringBuilder sql = new StringBuilder();
        List<Integer> origins = new ArrayList<>();
        Matcher insert = INSERT.matcher(statement.sql());
        int copied = 0;
        while (insert.find()) {
            Optional<List<String>> columns =
                    insert.group("path") == null || !QUERY.matcher(insert.group("next")).matches()
                            ? Optional.empty()
                            : list.apply(insert.group("path"));
            if (columns.isEmpty()) {
                continue;
            }
            sql.append(statement.sql(), copied, insert.end());
            origins.addAll(statement.origins().subList(copied, insert.end()));
            copied = insert.end();
            String added = columns.get().stream()
                    .map(EncodingUtils::escapeIdentifier)
                    .collect(Collectors.joining(", ", " (", ")"));
            sql.append(added);
            added.chars().forEach(character -> origins.add(statement.origins().get(insert.end() - 1)));
        }
        sql.append(statement.sql().substring(copied));
        origins.addAll(statement.origins().subList(copied, statement.origins().size()));
        return new Statement(statement.script(), statement.start(), sql.toString(), origins, statement.words());
    }
}
