package lakehouse.maintenance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArgumentsTest {

    private static final List<String> GIVEN = List.of(
            "--catalog", "lake", "--table", "shop.orders", "--keep", "P5D", "--retain-last", "1", "--orphans-after", "P3D");

    @Test
    void aTableAndHowLongWhatIsKept() {
        Arguments arguments = Arguments.parse(GIVEN);
        assertEquals("shop.orders", arguments.table().toString());
        assertEquals(Duration.ofDays(5), arguments.keep());
        assertEquals(1, arguments.retain());
        assertEquals(Duration.ofDays(3), arguments.orphans());
    }

    @Test
    void whatIsMissingMisspeltOrOfTheWrongKindIsNamed() {
        refused(GIVEN.subList(0, 8), "--orphans-after is missing");
        refused(List.of("--tabel", "shop.orders"), "it got --tabel");
        refused(List.of("--table"), "it got --table");
        refused(with(3, "orders"), "--table takes DATABASE.TABLE; it got orders");
        refused(with(5, "5 days"), "--keep takes a duration like P5D or PT1H; it got 5 days");
        refused(with(7, "0"), "--retain-last takes a number from 1 on; it got 0");
    }

    private static List<String> with(int index, String value) {
        List<String> given = new ArrayList<>(GIVEN);
        given.set(index, value);
        return given;
    }

    private static void refused(List<String> given, String because) {
        String message = assertThrows(IllegalArgumentException.class, () -> Arguments.parse(given))
                .getMessage();
        assertTrue(message.contains(because), message);
    }
}
