package lakehouse.planner;

import java.lang.reflect.Field;
import java.util.Map;

/** The environment variables of this process, which Java only lets one read: a job reads its own from there. */
final class Environments {

    private Environments() {}

    /** Makes these the only ones; a process that is started afterwards has them too. As Flink's own tests do it. */
    static void become(Map<String, String> wanted) throws ReflectiveOperationException {
        Map<String, String> readOnly = System.getenv();
        Field field = readOnly.getClass().getDeclaredField("m");
        field.setAccessible(true);
        @SuppressWarnings("unchecked")
        Map<String, String> environment = (Map<String, String>) field.get(readOnly);
        environment.clear();
        environment.putAll(wanted);
    }
}
