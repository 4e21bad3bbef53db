package lakehouse.planner;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.ListSerializer;
import org.apache.flink.api.common.typeutils.base.MapSerializer;
import org.apache.flink.api.java.typeutils.runtime.PojoSerializer;
import org.apache.flink.api.java.typeutils.runtime.TupleSerializerBase;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.LogicalType;

/**
 * What a serializer writes, as text: two that read each other's bytes have the same. SQL's types by SQL's names; what
 * else there is by its serializer's class and whatever that was made of.
 */
final class Types {

    private static final int DEEPEST = 6;
    private static final String SQL = RowDataSerializer.class.getPackageName();

    private Types() {}

    static String of(TypeSerializer<?> serializer) {
        return serializer == null ? null : describe(serializer, 0);
    }

    static String of(LogicalType type) {
        return type.asSummaryString().replace("VARCHAR(2147483647)", "STRING").replace("VARBINARY(2147483647)", "BYTES");
    }

    private static String describe(Object value, int depth) {
        if (value instanceof LogicalType type) {
            return of(type);
        }
        if (value instanceof DataType type) {
            return of(type.getLogicalType());
        }
        if (value instanceof Class<?> type) {
            return type.getName();
        }
        if (value instanceof RowDataSerializer row) {
            LogicalType[] types = (LogicalType[]) field(row, RowDataSerializer.class, "types");
            return Arrays.stream(types).map(Types::of).collect(Collectors.joining(", ", "ROW<", ">"));
        }
        if (value instanceof MapSerializer<?, ?> map) {
            return "MAP<" + describe(map.getKeySerializer(), depth) + ", " + describe(map.getValueSerializer(), depth) + ">";
        }
        if (value instanceof ListSerializer<?> list) {
            return "ARRAY<" + describe(list.getElementSerializer(), depth) + ">";
        }
        if (value instanceof PojoSerializer<?> pojo) {
            return pojo(pojo, depth);
        }
        if (value instanceof TypeSerializer<?>) {
            String simple = value.getClass().getSimpleName().replaceFirst("Serializer$", "");
            String name = simple.isEmpty() ? value.getClass().getName() : simple;
            List<String> parts = depth < DEEPEST ? parts(value, depth + 1) : List.of();
            return parts.isEmpty() ? name : name + "<" + String.join(", ", parts) + ">";
        }
        return String.valueOf(value);
    }

    private static String pojo(PojoSerializer<?> serializer, int depth) {
        Class<?> type = (Class<?>) field(serializer, PojoSerializer.class, "clazz");
        Field[] fields = (Field[]) field(serializer, PojoSerializer.class, "fields");
        Object[] serializers = (Object[]) field(serializer, PojoSerializer.class, "fieldSerializers");
        List<String> parts = new ArrayList<>();
        for (int index = 0; index < serializers.length; index++) {
            parts.add((fields[index] == null ? "?" : fields[index].getName()) + " " + describe(serializers[index], depth));
        }
        return type.getName() + "{" + String.join(", ", parts) + "}";
    }

    /** What a serializer was made of: other serializers, types, classes, and numbers like a precision. */
    private static List<String> parts(Object serializer, int depth) {
        List<String> found = new ArrayList<>();
        for (Class<?> type = serializer.getClass(); type != Object.class; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                boolean counts = !Modifier.isStatic(field.getModifiers()) && !Modifier.isTransient(field.getModifiers());
                if (counts && tells(field.getType(), type)) {
                    found.addAll(each(field(serializer, type, field.getName()), depth));
                }
            }
        }
        return found;
    }

    private static boolean tells(Class<?> type, Class<?> serializer) {
        Class<?> one = type.isArray() ? type.getComponentType() : type;
        return TypeSerializer.class.isAssignableFrom(one)
                || LogicalType.class.isAssignableFrom(one)
                || DataType.class.isAssignableFrom(one)
                || (one == Class.class && !TupleSerializerBase.class.isAssignableFrom(serializer))
                // A precision, or a scale; elsewhere lengths and caches.
                || (type == int.class && serializer.getPackageName().equals(SQL));
    }

    private static List<String> each(Object value, int depth) {
        if (value == null) {
            return List.of();
        }
        if (!value.getClass().isArray()) {
            return List.of(describe(value, depth));
        }
        List<String> found = new ArrayList<>();
        for (int index = 0; index < Array.getLength(value); index++) {
            found.add(describe(Array.get(value, index), depth));
        }
        return found;
    }

    static Object field(Object object, Class<?> type, String name) {
        try {
            Field field = type.getDeclaredField(name);
            field.setAccessible(true);
            return field.get(object);
        } catch (ReflectiveOperationException changed) {
            throw new IllegalStateException(type.getName() + " has no field " + name + " in this Flink", changed);
        }
    }
}
