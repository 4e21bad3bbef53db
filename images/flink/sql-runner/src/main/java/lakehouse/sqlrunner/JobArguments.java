package lakehouse.sqlrunner;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The command line of a Java job.
 *
 * @param properties the file that {@code --config-filepath} names
 */
record JobArguments(Path properties, List<Promise> promises) {

    private static final String PROPERTIES = "--config-filepath";
    private static final String WRITES = "--writes";
    private static final List<String> KNOWN = List.of(PROPERTIES, WRITES);

    static JobArguments parse(Class<?> job, List<String> arguments) {
        String name = job.getSimpleName();
        Path properties = null;
        List<Promise> promises = new ArrayList<>();
        for (int index = 0; index < arguments.size(); index += 2) {
            String option = arguments.get(index);
            if (!KNOWN.contains(option)) {
                String nearest = Names.nearest(option, KNOWN).orElseThrow();
                throw new ScriptException(name + ": unknown argument '" + option + "'; the nearest is " + nearest
                        + "\n  It takes " + String.join(" and ", KNOWN) + ", each followed by its value.");
            }
            if (index + 1 == arguments.size()) {
                throw new ScriptException(name + ": " + option + " is the last argument, and needs a value after it");
            }
            if (option.equals(WRITES)) {
                promises.addAll(Promise.parse(arguments.subList(index, index + 2)));
            } else if (properties == null) {
                properties = Path.of(arguments.get(index + 1));
            } else {
                throw new ScriptException(name + ": " + option + " stands twice; give one file");
            }
        }
        if (properties == null) {
            throw new ScriptException(name + ": the argument " + PROPERTIES + " is missing\n  Give " + PROPERTIES
                    + " and the path of the job's properties file.");
        }
        return new JobArguments(properties, promises);
    }
}
