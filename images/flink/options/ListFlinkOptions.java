import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarFile;

import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.FallbackKey;

/**
 * Lists every option that the given Flink jars know, one a line: the key, a tab, the type of its value.
 *
 * <p>Flink has no list of its options but the constants of its classes; its documentation is made from them too.
 * {@code make options} writes it to infra/flink_options.tsv.
 */
public final class ListFlinkOptions {
    public static void main(String[] jars) throws Exception {
        Map<String, String> options = new TreeMap<>();
        for (String jar : jars) {
            try (JarFile file = new JarFile(Path.of(jar).toFile())) {
                for (var entry : Collections.list(file.entries())) {
                    String name = entry.getName();
                    if (name.matches("org/apache/flink/(?!shaded/).*(Options|Configuration|Constants)\\.class")) {
                        addAll(name.substring(0, name.length() - 6).replace('/', '.'), options);
                    }
                }
            }
        }
        options.forEach((key, type) -> System.out.println(key + "\t" + type));
    }

    private static void addAll(String className, Map<String, String> options) throws Exception {
        try {
            Class<?> holder = Class.forName(className, true, ListFlinkOptions.class.getClassLoader());
            for (Field field : holder.getDeclaredFields()) {
                if (Modifier.isStatic(field.getModifiers()) && ConfigOption.class.isAssignableFrom(field.getType())) {
                    field.setAccessible(true);
                    add((ConfigOption<?>) field.get(null), options);
                }
            }
        } catch (ClassNotFoundException | NoClassDefFoundError | ExceptionInInitializerError missing) {
            // Of an optional part whose library is not among the jars: without it its options have no effect.
            System.err.println("left out " + className + ": " + missing);
        }
    }

    private static void add(ConfigOption<?> option, Map<String, String> options) throws Exception {
        // ConfigOption tells everything but the class of its value.
        Field clazz = ConfigOption.class.getDeclaredField("clazz");
        clazz.setAccessible(true);
        Class<?> type = (Class<?>) clazz.get(option);
        options.put(option.key(), type.isEnum() ? "Enum" : type.getSimpleName());
        for (FallbackKey fallback : option.fallbackKeys()) {
            options.putIfAbsent(fallback.getKey(), type.getSimpleName());
        }
    }
}
