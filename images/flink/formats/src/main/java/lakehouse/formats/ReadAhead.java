package lakehouse.formats;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.avro.shaded.org.apache.avro.io.BinaryDecoder;
import org.apache.flink.avro.shaded.org.apache.avro.io.DecoderFactory;
import org.apache.flink.formats.avro.AvroDeserializationSchema;
import org.apache.flink.formats.avro.AvroRowDataDeserializationSchema;
import org.apache.flink.table.data.RowData;

/**
 * What Flink's Avro decoder has read and not decoded.
 *
 * <p>One decoder serves all messages, and reads ahead: what a message leaves over, because it is too long or broken in
 * the middle, would be taken for the start of the next one. Flink has no method that tells of it.
 */
final class ReadAhead {

    private final Object avro;
    private final Field decoder;
    private final Field input;

    private ReadAhead(Object avro, Field decoder, Field input) {
        this.avro = avro;
        this.decoder = decoder;
        this.input = input;
    }

    /** Of any schema; one that isn't Avro's never has any. */
    static ReadAhead of(DeserializationSchema<RowData> schema) throws ReflectiveOperationException {
        if (!(schema instanceof AvroRowDataDeserializationSchema)) {
            return new ReadAhead(null, null, null);
        }
        Object avro = open(AvroRowDataDeserializationSchema.class, "nestedSchema").get(schema);
        return new ReadAhead(
                avro,
                open(AvroDeserializationSchema.class, "decoder"),
                open(AvroDeserializationSchema.class, "inputStream"));
    }

    private static Field open(Class<?> holder, String name) throws NoSuchFieldException {
        Field field = holder.getDeclaredField(name);
        field.setAccessible(true);
        return field;
    }

    /** Whether there was any; now there is none. */
    boolean forget() throws IOException {
        // Avro's JSON starts anew for each message, and before the first one there is no decoder.
        if (avro == null || !(get(decoder) instanceof BinaryDecoder binary) || binary.isEnd()) {
            return false;
        }
        DecoderFactory.get().binaryDecoder((InputStream) get(input), binary);
        return true;
    }

    private Object get(Field field) {
        try {
            return field.get(avro);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }
}
