package lakehouse.formats;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.table.data.RowData;
import org.apache.flink.util.Collector;

/** Decodes with another schema; what that one cannot decode becomes one row that holds it as it came. */
final class DeadLetterDeserializationSchema implements DeserializationSchema<RowData> {

    private static final long serialVersionUID = 1L;

    private final DeserializationSchema<RowData> wrapped;
    private final Layout layout;
    private final TypeInformation<RowData> produced;

    private transient ReadAhead readAhead;

    DeadLetterDeserializationSchema(
            DeserializationSchema<RowData> wrapped, Layout layout, TypeInformation<RowData> produced) {
        this.wrapped = wrapped;
        this.layout = layout;
        this.produced = produced;
    }

    @Override
    public void open(InitializationContext context) throws Exception {
        wrapped.open(context);
        readAhead = ReadAhead.of(wrapped);
    }

    /** One row or more for every message; raises what is no fault of the message, so that Flink tries again. */
    @Override
    public void deserialize(byte[] message, Collector<RowData> out) throws IOException {
        if (message == null) {
            out.collect(layout.malformed(null, "the record has no value"));
            return;
        }
        // Whole or not at all: a message must not leave a row behind before it proves to be malformed.
        List<RowData> records = new ArrayList<>(1);
        String why = decode(message, records);
        if (why == null) {
            records.forEach(record -> out.collect(layout.decoded(record)));
        } else {
            out.collect(layout.malformed(message, why));
        }
    }

    /** What is wrong with the message; null where nothing is, and its records have been added. */
    private String decode(byte[] message, List<RowData> records) throws IOException {
        try {
            wrapped.deserialize(message, new ListCollector<>(records));
        } catch (Exception | StackOverflowError | OutOfMemoryError failure) {
            readAhead.forget();
            return Blame.reason(failure, message.length);
        }
        if (readAhead.forget()) {
            return "bytes are left over after the record";
        }
        return records.isEmpty() ? "the message holds no record" : null;
    }

    @Override
    public RowData deserialize(byte[] message) {
        throw new UnsupportedOperationException("a message may hold several records: use the collector");
    }

    @Override
    public boolean isEndOfStream(RowData row) {
        return false;
    }

    @Override
    public TypeInformation<RowData> getProducedType() {
        return produced;
    }
}
