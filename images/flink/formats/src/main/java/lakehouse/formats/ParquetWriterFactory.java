package lakehouse.formats;

import java.io.IOException;
import org.apache.flink.api.common.serialization.BulkWriter;
import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import org.apache.iceberg.Schema;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.flink.FlinkSchemaUtil;
import org.apache.iceberg.flink.data.FlinkParquetWriters;
import org.apache.iceberg.io.FileAppender;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.PositionOutputStream;
import org.apache.iceberg.parquet.Parquet;

/** Writes rows into a Parquet file, whose stream and whose place are Flink's. */
record ParquetWriterFactory(RowType row, String compression) implements BulkWriter.Factory<RowData> {

    @Override
    public BulkWriter<RowData> create(FSDataOutputStream stream) throws IOException {
        Schema schema =
                new Schema(FlinkSchemaUtil.convert(row).asNestedType().asStructType().fields());
        FileAppender<RowData> appender = Parquet.write(new StreamFile(stream))
                .schema(schema)
                .set(TableProperties.PARQUET_COMPRESSION, compression)
                .createWriterFunc(type -> FlinkParquetWriters.buildWriter(row, type))
                .build();
        return new Writer(appender);
    }

    private record Writer(FileAppender<RowData> appender) implements BulkWriter<RowData> {

        @Override
        public void addElement(RowData row) {
            appender.add(row);
        }

        /** A row group is written whole; what is open is in memory until then. */
        @Override
        public void flush() {}

        @Override
        public void finish() throws IOException {
            appender.close();
        }
    }

    /** A file that is being written: Flink made the stream, and closes it. */
    private record StreamFile(FSDataOutputStream stream) implements OutputFile {

        @Override
        public PositionOutputStream create() {
            return new OpenStream(stream);
        }

        @Override
        public PositionOutputStream createOrOverwrite() {
            return create();
        }

        @Override
        public String location() {
            return "a file of Flink's";
        }

        @Override
        public InputFile toInputFile() {
            throw new UnsupportedOperationException("it is not there before Flink commits it");
        }
    }

    private static final class OpenStream extends PositionOutputStream {

        private final FSDataOutputStream stream;

        OpenStream(FSDataOutputStream stream) {
            this.stream = stream;
        }

        @Override
        public long getPos() throws IOException {
            return stream.getPos();
        }

        @Override
        public void write(int value) throws IOException {
            stream.write(value);
        }

        @Override
        public void write(byte[] bytes, int start, int length) throws IOException {
            stream.write(bytes, start, length);
        }

        @Override
        public void flush() throws IOException {
            stream.flush();
        }

        /** Not here: Flink first makes sure that all of it is stored (the contract of {@code BulkWriter.finish}). */
        @Override
        public void close() {}
    }
}
