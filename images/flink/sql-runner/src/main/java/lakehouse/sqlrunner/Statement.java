package lakehouse.sqlrunner;

import java.util.List;

/**
 * One statement of a script.
 *
 * @param start where it starts in the script's text
 * @param sql what Flink gets: variables substituted, comments left out
 * @param origins for each character of {@code sql}, the character of the script that it came from
 * @param words its words in upper case, without those in quotes and parentheses: enough to tell what it is
 */
record Statement(Script script, int start, String sql, List<Integer> origins, List<String> words) {

    boolean startsWith(String... expected) {
        return words.size() >= expected.length && words.subList(0, expected.length).equals(List.of(expected));
    }

    Script.Position position() {
        return script.position(start);
    }

    String firstLine() {
        return script.lineFrom(start);
    }

    /** Where in the script a line and column of {@code sql} come from; Flink's parser speaks of the latter. */
    int origin(int line, int column) {
        int offset = 0;
        for (int skipped = 1; skipped < line; skipped++) {
            offset = sql.indexOf('\n', offset) + 1;
        }
        // An error at the end of the input stands one character past the last.
        return origins.get(Math.max(0, Math.min(offset + column - 1, origins.size() - 1)));
    }
}
