package lakehouse.formats;

import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.format.DecodingFormat;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DeserializationFormatFactory;
import org.apache.flink.table.factories.DynamicTableFactory;
import org.apache.flink.table.factories.Factory;
import org.apache.flink.table.factories.FactoryUtil;

/**
 * The format {@code dead-letter}: another format ({@code 'dead-letter.format'}) whose malformed records become rows of
 * their own, so that one job can write them to a table instead of failing.
 *
 * <p>Flink finds it by its name, as it does every format (FLIP-95).
 */
public final class DeadLetterFormatFactory implements DeserializationFormatFactory {

    static final String IDENTIFIER = "dead-letter";

    @Override
    public String factoryIdentifier() {
        return IDENTIFIER;
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of(DeadLetterOptions.FORMAT);
    }

    /** The options of every format: Flink asks for them before it says which one a table has. */
    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        Stream<ConfigOption<?>> own = Stream.of(DeadLetterOptions.VALUE_COLUMN, DeadLetterOptions.REASON_COLUMN);
        return Stream.concat(own, formats().map(DeadLetterOptions::ofFormat)).collect(Collectors.toSet());
    }

    private static Stream<String> formats() {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        return ServiceLoader.load(Factory.class, loader == null ? DeadLetterFormatFactory.class.getClassLoader() : loader)
                .stream()
                .filter(factory -> DeserializationFormatFactory.class.isAssignableFrom(factory.type()))
                .map(factory -> factory.get().factoryIdentifier())
                .filter(format -> !format.equals(IDENTIFIER));
    }

    /** Raises {@code ValidationException} for options that the wrapped format does not take. */
    @Override
    public DecodingFormat<DeserializationSchema<RowData>> createDecodingFormat(
            DynamicTableFactory.Context context, ReadableConfig options) {
        FactoryUtil.validateFactoryOptions(this, options);
        String name = options.get(DeadLetterOptions.FORMAT);
        if (name.equals(IDENTIFIER)) {
            throw new ValidationException("'dead-letter.format' is 'dead-letter': name the format of the records.");
        }
        DeserializationFormatFactory factory =
                FactoryUtil.discoverFactory(context.getClassLoader(), DeserializationFormatFactory.class, name);
        Map<String, String> wrapped =
                options.getOptional(DeadLetterOptions.ofFormat(name)).orElse(Map.of());
        refuseUnknown(factory, wrapped);
        DecodingFormat<DeserializationSchema<RowData>> format =
                factory.createDecodingFormat(context, Configuration.fromMap(wrapped));
        if (!format.getChangelogMode().equals(ChangelogMode.insertOnly())) {
            throw new ValidationException("'dead-letter.format' is '" + name
                    + "', whose records change rows: a record that cannot be decoded would be a change that is missing."
                    + " Formats of records that each add one row can be wrapped.");
        }
        return new DeadLetterDecodingFormat(
                format, options.get(DeadLetterOptions.VALUE_COLUMN), options.get(DeadLetterOptions.REASON_COLUMN));
    }

    /** Flink itself would look past them: to it they are all options of this format. */
    private static void refuseUnknown(DeserializationFormatFactory factory, Map<String, String> given) {
        Set<String> known = Stream.of(factory.requiredOptions(), factory.optionalOptions())
                .flatMap(Set::stream)
                .map(ConfigOption::key)
                .collect(Collectors.toSet());
        Set<String> withMaps = given.keySet().stream()
                .filter(key -> known.stream().anyMatch(option -> key.startsWith(option + ".")))
                .collect(Collectors.toSet());
        withMaps.addAll(known);
        FactoryUtil.validateUnconsumedKeys(
                IDENTIFIER + "." + factory.factoryIdentifier(), given.keySet(), withMaps);
    }
}
