package lakehouse.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.data.RowData;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Around a format that has nothing to do with Avro. */
class JsonTest {

    private Decoder decoder;

    @BeforeEach
    void open() throws Exception {
        decoder = Decoder.open(
                List.of(
                        Column.physical("id", DataTypes.STRING()),
                        Column.physical("quantity", DataTypes.INT()),
                        Column.physical("raw", DataTypes.BYTES()),
                        Column.physical("why", DataTypes.STRING())),
                Map.of(
                        "format", "json",
                        "json.fail-on-missing-field", "true",
                        "value-column", "raw",
                        "reason-column", "why"));
    }

    @Test
    void aRecordIsDecoded() throws Exception {
        RowData row = decode("{\"id\": \"a\", \"quantity\": 3}");
        assertEquals("a", row.getString(0).toString());
        assertEquals(3, row.getInt(1));
        assertTrue(row.isNullAt(2) && row.isNullAt(3));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "{\"id\": \"a\"}", "{\"id\": \"a\", \"quantity\": \"many\"}", "null", "\0\0"})
    void whatCannotBeDecodedIsKept(String text) throws Exception {
        RowData row = decode(text);
        assertEquals(text, new String(row.getBinary(2), StandardCharsets.UTF_8));
        assertTrue(row.isNullAt(0) && row.isNullAt(1));
        assertTrue(!row.getString(3).toString().isBlank());
    }

    @Test
    void whatIsNestedTooDeepForTheStackIsKept() throws Exception {
        String text = "[".repeat(1_000_000);
        assertEquals(text.length(), decode(text).getBinary(2).length);
    }

    private RowData decode(String text) throws Exception {
        List<RowData> rows = decoder.decode(text.getBytes(StandardCharsets.UTF_8));
        assertEquals(1, rows.size());
        return rows.get(0);
    }
}
