package lakehouse.planner;

import java.io.File;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.client.program.PackagedProgram;
import org.apache.flink.client.program.PackagedProgramUtils;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.SerializationFeature;
import org.apache.flink.streaming.api.graph.StreamGraph;

/**
 * Runs the main program of jobs up to where each would start its job, and writes what the job would be as JSON.
 *
 * <p>The argument is a JSON file, a list of {@link Asked}. The classpath is Flink's {@code lib}, the same for all of them.
 */
public final class Planner {

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private Planner() {}

    /**
     * One job.
     *
     * @param home its /opt/flink, whose {@code usrlib} has its jars
     * @param environment all of the environment that its container would have, FLINK_CONF_DIR among it
     * @param main its main class
     * @param temporary a folder for temporary files
     * @param answer the file to write the plan to
     * @param failure the file to write the trace to, where there is no plan
     */
    record Asked(
            String home,
            Map<String, String> environment,
            String main,
            String[] arguments,
            String temporary,
            String answer,
            String failure) {}

    public static void main(String[] arguments) throws Exception {
        for (Asked asked : JSON.readValue(new File(arguments[0]), Asked[].class)) {
            try {
                JSON.writeValue(new File(asked.answer), plan(asked));
            } catch (Exception | LinkageError failure) {
                try (PrintWriter trace = new PrintWriter(asked.failure, StandardCharsets.UTF_8)) {
                    failure.printStackTrace(trace);
                }
            }
        }
        // Operators that were opened leave threads and hooks behind, and nothing that is worth an orderly end.
        Runtime.getRuntime().halt(0);
    }

    private static Map<String, Object> plan(Asked asked) throws Exception {
        Environments.become(asked.environment);
        MadeTables.FOUND.clear();
        Configuration configuration = GlobalConfiguration.loadConfiguration();
        try (PackagedProgram program = PackagedProgram.newBuilder()
                .setEntryPointClassName(asked.main)
                .setArguments(asked.arguments)
                .setUserClassPaths(jars(Path.of(asked.home, "usrlib")))
                .setConfiguration(configuration)
                .build()) {
            int parallelism = configuration.get(CoreOptions.DEFAULT_PARALLELISM);
            StreamGraph graph = (StreamGraph)
                    PackagedProgramUtils.getPipelineFromProgram(program, configuration, parallelism, false);
            ClassLoader loader = withAdded(program.getUserCodeClassLoader(), graph.getJobConfiguration());
            Map<String, Object> plan = new LinkedHashMap<>();
            plan.put("operators", Operators.of(graph, configuration, loader, Path.of(asked.temporary)));
            plan.put("tables", Tables.made(configuration));
            return plan;
        }
    }

    /** What a script adds of its own, by {@code USING JAR}. */
    private static ClassLoader withAdded(ClassLoader program, Configuration job) throws Exception {
        List<URL> added = new ArrayList<>();
        for (String jar : job.getOptional(PipelineOptions.JARS).orElse(List.of())) {
            added.add(new URI(jar).toURL());
        }
        return added.isEmpty() ? program : new URLClassLoader(added.toArray(URL[]::new), program);
    }

    private static List<URL> jars(Path folder) throws Exception {
        List<URL> found = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path jar : files.sorted().toList()) {
                found.add(jar.toAbsolutePath().toUri().toURL());
            }
        }
        return found;
    }
}
