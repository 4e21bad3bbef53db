package lakehouse.sqlrunner;

import static lakehouse.sqlrunner.Scripts.scanError;
import static lakehouse.sqlrunner.Scripts.split;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SplittingTest {

    @Test
    void statementsEndAtSemicolonsAndTheLastNeedsNone() {
        assertEquals(List.of("USE a", "USE b", "USE c"), split("USE a;\n\nUSE b;;\n ; USE c"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"';'", "'it''s; --not'", "\";\"", "`a;b`", "`a``;`", "'/*;'", "'--;'", "'\n;'", "''"})
    void nothingInQuotesEndsAStatementOrStartsAComment(String quoted) {
        assertEquals(List.of("SELECT " + quoted + " x", "USE b"), split("SELECT " + quoted + " x; USE b"));
    }

    @Test
    void commentsGoAndTheWordsAroundThemStayApart() {
        assertEquals(
                List.of("USE a", "USE  b"),
                split("-- first; it's\nUSE a -- second;\n; // third;\n/* ' ; */ USE/**/ b /* fourth */ -- last"));
    }

    @Test
    void hintsStay() {
        String hinted = "INSERT INTO t SELECT * FROM s /*+ OPTIONS('a;'='*/') */ WHERE x";
        assertEquals(List.of(hinted), split(hinted + ";"));
    }

    @Test
    void aStatementSetIsOneStatementUpToTheEndThatFollowsASemicolon() {
        String set = "execute statement set begin\n"
                + "INSERT INTO a SELECT CASE x WHEN 1 THEN 2 END FROM s; -- ;\n"
                + "INSERT INTO b SELECT 'END' FROM s;\n END";
        assertEquals(List.of("USE a", set.replace("-- ;", ""), "USE b"), split("USE a;" + set + ";USE b;"));
    }

    @Test
    void windowsLinesAndAByteOrderMarkAreNoPartOfTheScript(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("job.sql"), "\uFEFFUSE a;\r\nUSE\r\nb;\r\n");
        List<Statement> statements = new ScriptScanner(Script.read(file), new Variables(Map.of())).scan();
        assertEquals(List.of("USE a", "USE\nb"), statements.stream().map(Statement::sql).toList());
        assertEquals("job.sql:2:1", statements.get(1).position().toString());
    }

    @Test
    void whatIsNeverClosedIsNamedWhereItOpens() {
        assertEquals(
                "job.sql:2:5: this quote ' is never closed: close it with ', or double one that belongs to the text",
                scanError("USE a;\nUSE 'b;\n", Map.of()));
        assertEquals(
                "job.sql:2:1: this comment /* is never closed: close it with */", scanError("USE a;\n/* ;", Map.of()));
        assertEquals(
                "job.sql:1:7: this hint /*+ is never closed: close it with */", scanError("USE a /*+ b; c", Map.of()));
        assertEquals(
                "job.sql:2:3: this statement set is never closed: "
                        + "close it with END; after the semicolon of its last INSERT",
                scanError("\n  EXECUTE STATEMENT SET BEGIN\nINSERT INTO a SELECT 1 END;", Map.of()));
    }

    @Test
    void aPlaceInWhatFlinkGotLeadsBackToTheScript() {
        String text = "USE a;\nUSE /* x\ny */ '${a.b}' c\n-- z\n  d;";
        Statement statement = Scripts.scan(text, Map.of("A_B", "long\nvalue")).get(1);
        assertEquals("USE   'long\nvalue' c\n\n  d", statement.sql());
        assertEquals("job.sql:3:6", place(statement, 1, 7));
        // Anywhere in a value is where its variable stands.
        assertEquals("job.sql:3:7", place(statement, 1, 8));
        assertEquals("job.sql:3:7", place(statement, 2, 5));
        assertEquals("job.sql:3:15", place(statement, 2, 8));
        assertEquals("job.sql:5:3", place(statement, 4, 3));
        // Flink's place for "unexpected end of input" is one past the last character.
        assertEquals("job.sql:5:3", place(statement, 4, 4));
    }

    private static String place(Statement statement, int line, int column) {
        return statement.script().position(statement.origin(line, column)).toString();
    }
}
