package lakehouse.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.flink.avro.shaded.org.apache.avro.Schema;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericData;
import org.apache.flink.avro.shaded.org.apache.avro.generic.GenericDatumWriter;
import org.apache.flink.avro.shaded.org.apache.avro.io.BinaryEncoder;
import org.apache.flink.avro.shaded.org.apache.avro.io.EncoderFactory;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.data.RowData;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Around Flink's own avro-confluent, with a registry that answers over HTTP. */
@Timeout(60)
class AvroTest {

    private static final String ORDER =
            """
            {"type": "record", "name": "WebOrder", "fields": [
              {"name": "id", "type": "string"}, {"name": "quantity", "type": "int"}]}""";
    private static final int ID = 7;

    private Registry registry;
    private Decoder decoder;

    @BeforeEach
    void open() throws Exception {
        registry = new Registry();
        registry.add(ID, ORDER);
        decoder = Decoder.open(
                List.of(
                        Column.physical("malformed_value", DataTypes.BYTES()),
                        Column.physical("id", DataTypes.STRING()),
                        Column.physical("malformed_reason", DataTypes.STRING()),
                        Column.physical("quantity", DataTypes.INT())),
                Map.of("format", "avro-confluent", "avro-confluent.url", registry.url()));
    }

    @AfterEach
    void close() {
        registry.close();
    }

    @Test
    void aRecordIsDecodedAndTheColumnsOfMalformedOnesAreNull() throws Exception {
        assertDecoded("a", 3, order(ID, "a", 3));
    }

    @Test
    void aRecordOfALaterCompatibleSchemaIsDecoded() throws Exception {
        String later = ORDER.replace("]}", ", {\"name\": \"gift\", \"type\": \"boolean\", \"default\": false}]}");
        registry.add(8, later);
        GenericData.Record order = new GenericData.Record(new Schema.Parser().parse(later));
        order.put("id", "b");
        order.put("quantity", 4);
        order.put("gift", true);
        assertDecoded("b", 4, message(8, order));
    }

    @Test
    void aMessageThatIsNoAvroIsMalformed() throws Exception {
        assertMalformed("Magic number does not match", "{\"id\": \"a\"}".getBytes());
        assertMalformed("EOF", new byte[0]);
        assertMalformed("EOF", new byte[] {0, 0, 0});
    }

    @Test
    void anIdThatIsNobodysIsTheRecordsFault() throws Exception {
        assertMalformed("Could not find schema with id 99", order(99, "a", 3));
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 6, 7, 8, 9, 10, 11})
    void theRecordAfterATruncatedOneIsUnharmed(int length) throws Exception {
        assertMalformed("", Arrays.copyOf(order(ID, "abcde", 3), length));
        assertDecoded("f", 5, order(ID, "f", 5));
    }

    @Test
    void theRecordAfterOneThatIsTooLongIsUnharmed() throws Exception {
        byte[] order = order(ID, "a", 3);
        assertMalformed("bytes are left over", Arrays.copyOf(order, order.length + 3));
        assertDecoded("f", 5, order(ID, "f", 5));
    }

    @Test
    void aLengthOfGigabytesIsTheRecordsFault() throws Exception {
        // Avro's zigzag for 2,000,000,000, of which this heap has no room.
        byte[] absurd = {0, 0, 0, 0, ID, (byte) 0x80, (byte) 0xd0, (byte) 0xac, (byte) 0xf3, 0x0e, 'a'};
        assertMalformed("", absurd);
        assertDecoded("f", 5, order(ID, "f", 5));
    }

    @Test
    void aTombstoneIsKeptToo() throws Exception {
        RowData row = decoder.decode(null).get(0);
        assertTrue(row.isNullAt(0));
        assertEquals("the record has no value", row.getString(2).toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "401 | {\"error_code\": 401, \"message\": \"Unauthorized\"}",
        "403 | {\"error_code\": 40301, \"message\": \"Forbidden\"}",
        "404 | {\"error_code\": 404, \"message\": \"HTTP 404 Not Found\"}",
        "404 | <html>no such page</html>",
        "429 | {\"error_code\": 429, \"message\": \"Slow down\"}",
        "500 | {\"error_code\": 50001, \"message\": \"Error in the backend data store\"}",
        "503 | <html>Service Unavailable</html>",
        "200 | <html>Please log in</html>",
        "200 | {\"schema\": \"{\\\"type\\\": \"}"
    })
    void aRegistryThatRefusesFailsTheTaskAndHidesNothing(int status, String body) throws Exception {
        byte[] order = order(ID, "a", 3);
        registry.answerAlways(status, body);
        IOException failure = assertThrows(IOException.class, () -> decoder.decode(order));
        assertTrue(failure.getMessage().startsWith("The schema registry does not answer as it should: "), failure::toString);
        registry.answerAsUsual();
        assertDecoded("a", 3, order);
    }

    @Test
    void aRegistryThatIsDownFailsTheTask() throws Exception {
        byte[] order = order(ID, "a", 3);
        registry.stop();
        IOException failure = assertThrows(IOException.class, () -> decoder.decode(order));
        assertTrue(failure.getMessage().contains("Connection refused"), failure::toString);
        registry.startAgain();
        assertDecoded("a", 3, order);
    }

    @Test
    void aSchemaThatIsKnownNeedsNoRegistry() throws Exception {
        assertDecoded("a", 3, order(ID, "a", 3));
        registry.stop();
        assertMalformed("Magic number", new byte[] {1, 2, 3});
        assertDecoded("b", 4, order(ID, "b", 4));
    }

    private void assertDecoded(String id, int quantity, byte[] message) throws IOException {
        List<RowData> rows = decoder.decode(message);
        assertEquals(1, rows.size());
        RowData row = rows.get(0);
        assertTrue(row.isNullAt(2), () -> "malformed: " + row.getString(2));
        assertTrue(row.isNullAt(0));
        assertEquals(id, row.getString(1).toString());
        assertEquals(quantity, row.getInt(3));
    }

    private void assertMalformed(String why, byte[] message) throws IOException {
        List<RowData> rows = decoder.decode(message);
        assertEquals(1, rows.size());
        RowData row = rows.get(0);
        assertArrayEquals(message, row.getBinary(0));
        assertTrue(row.isNullAt(1) && row.isNullAt(3));
        String reason = row.getString(2).toString();
        assertTrue(!reason.isBlank() && reason.contains(why), reason);
    }

    private static byte[] order(int schema, String id, int quantity) throws IOException {
        GenericData.Record order = new GenericData.Record(new Schema.Parser().parse(ORDER));
        order.put("id", id);
        order.put("quantity", quantity);
        return message(schema, order);
    }

    /** Confluent's wire format: a zero, the schema's id, Avro's binary. */
    private static byte[] message(int schema, GenericData.Record record) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(ByteBuffer.allocate(5).put((byte) 0).putInt(schema).array());
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
        new GenericDatumWriter<GenericData.Record>(record.getSchema()).write(record, encoder);
        encoder.flush();
        return bytes.toByteArray();
    }
}
