package lakehouse.formats;

import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;

/** The options of the format {@code dead-letter}, as a table has them after {@code dead-letter.}. */
final class DeadLetterOptions {

    static final ConfigOption<String> FORMAT = ConfigOptions.key("format")
            .stringType()
            .noDefaultValue()
            .withDescription("The format of the records; its own options follow its name: 'dead-letter.json.…'.");

    static final ConfigOption<String> VALUE_COLUMN = ConfigOptions.key("value-column")
            .stringType()
            .defaultValue("malformed_value")
            .withDescription("The column (BYTES) that holds a record that cannot be decoded, as it came.");

    static final ConfigOption<String> REASON_COLUMN = ConfigOptions.key("reason-column")
            .stringType()
            .defaultValue("malformed_reason")
            .withDescription("The column (STRING) that says why; NULL for a record that was decoded.");

    private DeadLetterOptions() {}

    /** All options of a wrapped format: those that start with its name. */
    static ConfigOption<Map<String, String>> ofFormat(String format) {
        return ConfigOptions.key(format).mapType().noDefaultValue();
    }
}
