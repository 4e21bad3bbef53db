package lakehouse.sqlrunner;

import static lakehouse.sqlrunner.Scripts.scanError;
import static lakehouse.sqlrunner.Scripts.substitute;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SubstitutionTest {

    @ParameterizedTest
    @CsvSource({"erpdb.host,ERPDB_HOST", "shipdb.slot.orders,SHIPDB_SLOT_ORDERS", "web-orders.a_b,WEB_ORDERS_A_B"})
    void theEnvironmentVariableIsTheNameInCapitals(String variable, String environmentName) {
        assertEquals("USE 'x'", substitute("USE '${" + variable + "}'", Map.of(environmentName, "x")));
    }

    @Test
    void aQuoteInAValueIsDoubledInsideThatQuoteAlone() {
        Map<String, String> environment = Map.of("A_B", "it's `a` \"b\"");
        assertEquals("USE 'it''s `a` \"b\"'", substitute("USE '${a.b}'", environment));
        assertEquals("USE `it's ``a`` \"b\"`", substitute("USE `${a.b}`", environment));
        assertEquals("USE \"it's `a` \"\"b\"\"\"", substitute("USE \"${a.b}\"", environment));
        assertEquals("USE /*+ O('x'='it''s `a` \"b\"') */ c", substitute("USE /*+ O('x'='${a.b}') */ c", environment));
    }

    @Test
    void aValueIsNeverReadAsSqlOrAsAVariable() {
        assertEquals("USE '; -- ${c.d} '''", substitute("USE '${a.b}'", Map.of("A_B", "; -- ${c.d} '")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"orders", "lake.orders", "42", "1.5"})
    void outsideQuotesAValueMayBeANameOrANumber(String value) {
        assertEquals("USE " + value, substitute("USE ${a.b}", Map.of("A_B", value)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "x;y", "--", "-1", "'x'", "a\n", "/*", "a..b"})
    void outsideQuotesAnyOtherValueIsRefusedAndNotShown(String value) {
        assertEquals(
                "job.sql:1:5: the value of ${a.b} (A_B) is neither a name nor a number, "
                        + "so it must stand in quotes: '${a.b}'",
                scanError("USE ${a.b}", Map.of("A_B", value)));
    }

    @Test
    void commentsAreNotSubstituted() {
        assertEquals("USE a", substitute("-- ${x.y}\nUSE a /* ${x.y} ${ */ // ${x.y}", Map.of()));
    }

    @Test
    void aDoubledDollarIsAPlainOne() {
        assertEquals("USE '${a.b} $ $1 $$'", substitute("USE '$${a.b} $ $1 $$'", Map.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"${a}", "${}", "${a.b", "${a b.c}", "${.b}"})
    void aMalformedVariableIsAnErrorThatSaysHow(String variable) {
        assertEquals(
                "job.sql:1:6: this is no variable: write ${source.key}, or $${ for a plain ${",
                scanError("USE '" + variable + "'", Map.of()));
    }

    @Test
    void aMissingVariableIsNamedWithItsPlaceAndItsNearestSiblings() {
        assertEquals(
                "job.sql:2:6: ${erpdb.hots} has no value: the environment variable ERPDB_HOTS is not set; "
                        + "erpdb has, nearest first: ${erpdb.host}, ${erpdb.port}, ${erpdb.slot.orders}",
                scanError(
                        "USE a;\nUSE '${erpdb.hots}'",
                        Map.of("ERPDB_HOST", "1", "ERPDB_PORT", "2", "ERPDB_SLOT_ORDERS", "3", "OTHER_HOTS", "4")));
    }

    @Test
    void aMisspeltSourceIsRecognised() {
        assertEquals(
                "job.sql:1:6: ${epdb.host} has no value: the environment variable EPDB_HOST is not set; "
                        + "the nearest that is set is ERPDB_HOST",
                scanError("USE '${epdb.host}'", Map.of("ERPDB_HOST", "1", "PATH", "2")));
        assertEquals(
                "job.sql:1:6: ${erpdb.host} has no value: the environment variable ERPDB_HOST is not set, "
                        + "nor any other of erpdb: is it among the reads of job.yaml?",
                scanError("USE '${erpdb.host}'", Map.of("PATH", "2")));
    }

    @Test
    void allThatIsMissingIsReportedTogetherInFiveLinesAtMost() {
        assertEquals(2, scanError("USE '${a.b}'; USE '${c.d}'", Map.of()).lines().count());
        String many = scanError("USE '${a.b} ${a.c} ${a.d} ${a.e} ${a.f} ${a.g}'", Map.of());
        assertEquals(5, many.lines().count());
        assertEquals("… and 2 more like these", many.lines().skip(4).findFirst().orElseThrow());
    }

    @Test
    void secretsAreMaskedAndWhatHelpsToFindAFaultIsNot() {
        Variables variables = new Variables(Map.of(
                "DB_PASSWORD", "s3cr't", "DB_HOST", "db.internal", "DB_USER_TOKEN", "s3cr't-longer", "DB_N", "7"));
        for (String name : new String[] {"db.password", "db.host", "db.user.token", "db.n"}) {
            variables.value(name);
        }
        String masked = variables.mask("s3cr't s3cr''t s3cr't-longer db.internal 7");
        assertEquals("${db.password} ${db.password} ${db.user.token} db.internal 7", masked);
        assertFalse(masked.contains("s3cr"));
    }
}
