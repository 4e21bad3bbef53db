package lakehouse.sqlrunner;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Splits a script into statements and substitutes its variables, in one pass: both must know what is a quote, a comment
 * or code. It knows no more SQL than that; the rest is for Flink's parser, which its planner keeps to itself.
 */
final class ScriptScanner {

    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Za-z][\\w-]*(?:\\.[\\w-]+)+)}");
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}_]+");
    /** What a value may be outside quotes, where no escape could keep it from becoming SQL of its own. */
    private static final Pattern NAME_OR_NUMBER = Pattern.compile("\\w+(\\.\\w+)*");

    private static final char NO_QUOTE = 0;

    private final Script script;
    private final String text;
    private final Variables variables;
    private final List<Statement> statements = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();

    private int at;

    // The statement being read.
    private int start;
    private StringBuilder sql;
    private List<Integer> origins;
    private List<String> words;
    private int parentheses;
    private int hint;
    private StatementSet set;

    /** Where we are in EXECUTE STATEMENT SET BEGIN … END, within which a semicolon ends no statement. */
    private enum StatementSet {
        NONE,
        BETWEEN_INSERTS,
        IN_INSERT,
        ENDED
    }

    ScriptScanner(Script script, Variables variables) {
        this.script = script;
        this.text = script.text();
        this.variables = variables;
    }

    /** The script's statements; or one error that names everything that keeps them from being read. */
    List<Statement> scan() {
        begin();
        while (at < text.length()) {
            char c = text.charAt(at);
            if (looksAt("--") || looksAt("//")) {
                lineComment();
            } else if (looksAt("/*") && !looksAt("/*+")) {
                blockComment();
            } else if (Character.isWhitespace(c)) {
                copy(1);
            } else if (c == ';' && (set == StatementSet.NONE || set == StatementSet.ENDED)) {
                finish();
                at++;
                begin();
            } else {
                code(c);
            }
        }
        finish();
        if (!problems.isEmpty()) {
            throw ScriptException.of(problems);
        }
        return statements;
    }

    private void begin() {
        start = -1;
        sql = new StringBuilder();
        origins = new ArrayList<>();
        words = new ArrayList<>();
        parentheses = 0;
        hint = -1;
        set = StatementSet.NONE;
    }

    private void finish() {
        if (hint >= 0) {
            throw unclosed(hint, "hint /*+", "*/");
        }
        if (set == StatementSet.BETWEEN_INSERTS || set == StatementSet.IN_INSERT) {
            throw unclosed(start, "statement set", "END; after the semicolon of its last INSERT");
        }
        if (start >= 0) {
            String trimmed = sql.toString().stripTrailing();
            statements.add(new Statement(script, start, trimmed, origins.subList(0, trimmed.length()), words));
        }
    }

    private void code(char c) {
        if (start < 0) {
            start = at;
        }
        Matcher word = WORD.matcher(text).region(at, text.length());
        if (word.lookingAt()) {
            word(word.group());
            return;
        }
        if (set == StatementSet.BETWEEN_INSERTS) {
            set = StatementSet.IN_INSERT;
        }
        switch (c) {
            case '\'', '"', '`' -> quoted(c);
            case '$' -> dollar(NO_QUOTE);
            case '(', ')' -> {
                parentheses += c == '(' ? 1 : -1;
                copy(1);
            }
            case ';' -> {
                set = StatementSet.BETWEEN_INSERTS;
                copy(1);
            }
            default -> {
                if (looksAt("/*+")) {
                    hint = at;
                    copy(3);
                } else if (hint >= 0 && looksAt("*/")) {
                    hint = -1;
                    copy(2);
                } else {
                    copy(1);
                }
            }
        }
    }

    private void word(String word) {
        String keyword = word.toUpperCase(Locale.ROOT);
        if (parentheses == 0) {
            words.add(keyword);
        }
        if (set == StatementSet.BETWEEN_INSERTS) {
            // Only here does END end the set: further on in an INSERT it belongs to a CASE.
            set = keyword.equals("END") ? StatementSet.ENDED : StatementSet.IN_INSERT;
        } else if (words.equals(List.of("EXECUTE", "STATEMENT", "SET", "BEGIN"))) {
            set = StatementSet.BETWEEN_INSERTS;
        }
        copy(word.length());
    }

    private void quoted(char quote) {
        int open = at;
        copy(1);
        while (at < text.length()) {
            if (text.charAt(at) == '$') {
                dollar(quote);
            } else if (looksAt("" + quote + quote)) {
                copy(2);
            } else if (text.charAt(at) == quote) {
                copy(1);
                return;
            } else {
                copy(1);
            }
        }
        throw unclosed(open, "quote " + quote, quote + ", or double one that belongs to the text");
    }

    /** At a dollar: a variable, an escaped one, or a plain dollar. */
    private void dollar(char quote) {
        if (looksAt("$${")) {
            at++;
            copy(2);
            return;
        }
        if (!looksAt("${")) {
            copy(1);
            return;
        }
        Matcher variable = VARIABLE.matcher(text).region(at, text.length());
        if (!variable.lookingAt()) {
            problem("this is no variable: write ${source.key}, or $${ for a plain ${");
            at += 2;
            return;
        }
        substitute(variable.group(1), quote);
        at = variable.end();
    }

    private void substitute(String variable, char quote) {
        Optional<String> found = variables.value(variable);
        if (found.isEmpty()) {
            problem(variables.missing(variable));
            return;
        }
        String value = found.get();
        if (quote != NO_QUOTE) {
            value = value.replace("" + quote, "" + quote + quote);
        } else if (!NAME_OR_NUMBER.matcher(value).matches()) {
            problem("the value of ${" + variable + "} (" + Variables.environmentName(variable)
                    + ") is neither a name nor a number, so it must stand in quotes: '${" + variable + "}'");
        }
        sql.append(value);
        for (int i = 0; i < value.length(); i++) {
            origins.add(at);
        }
    }

    private void lineComment() {
        int end = text.indexOf('\n', at);
        at = end < 0 ? text.length() : end;
    }

    private void blockComment() {
        int end = text.indexOf("*/", at + 2);
        if (end < 0) {
            throw unclosed(at, "comment /*", "*/");
        }
        // A comment parts two words as a space does.
        copy(1, " ");
        at = end + 2;
    }

    private boolean looksAt(String expected) {
        return text.startsWith(expected, at);
    }

    private void copy(int length) {
        copy(length, text.substring(at, at + length));
    }

    private void copy(int length, String copied) {
        if (start >= 0) {
            sql.append(copied);
            for (int i = 0; i < length; i++) {
                origins.add(at + i);
            }
        }
        at += length;
    }

    private void problem(String what) {
        problems.add(script.position(at) + ": " + what);
    }

    private ScriptException unclosed(int open, String what, String remedy) {
        problems.add(script.position(open) + ": this " + what + " is never closed: close it with " + remedy);
        return ScriptException.of(problems);
    }
}
