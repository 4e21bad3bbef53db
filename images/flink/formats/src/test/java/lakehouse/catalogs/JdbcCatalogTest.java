package lakehouse.catalogs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

class JdbcCatalogTest {

    @Test
    void variablesStandAnywhereInAValueAndMayHoldAnything() {
        Map<String, String> environment = Map.of("HOST", "db", "PORT", "5432", "PASSWORD", "a$1\\b${HOST}");
        Map<String, String> found = JdbcCatalog.resolved(
                "onprem",
                Map.of("uri", "jdbc:postgresql://${HOST}:${PORT}/x", "jdbc.password", "${PASSWORD}", "type", "iceberg"),
                environment);
        assertEquals("jdbc:postgresql://db:5432/x", found.get("uri"));
        assertEquals("a$1\\b${HOST}", found.get("jdbc.password"));
        assertEquals("iceberg", found.get("type"));
    }

    @Test
    void aVariableThatIsMissingIsNamed() {
        var failure = assertThrows(
                IllegalArgumentException.class,
                () -> JdbcCatalog.resolved("onprem", Map.of("jdbc.user", "${CATALOG_ONPREM_USERNAME}"), Map.of()));
        assertTrue(failure.getMessage().contains("'onprem' needs the environment variable CATALOG_ONPREM_USERNAME"));
    }
}
