import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;

import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.runtime.util.bash.BashJavaUtils;

/**
 * Asks Flink how it divides memory, for many configurations at once: what infra/flink_memory.py is held against.
 *
 * <p>Each line of the input is one of them: a command of {@link BashJavaUtils}, and options as {@code key=value}, all
 * separated by tabs. For each, a line tells what Flink says: {@code fits}; {@code warned}, where a JobManager's heap is
 * smaller than Flink recommends; or {@code refused}, and why.
 */
public final class DivideMemory {
    /** @param args the folder of a config.yaml */
    public static void main(String[] args) {
        PrintStream out = System.out;
        for (Scanner lines = new Scanner(System.in); lines.hasNextLine(); ) {
            String verdict = verdict(lines.nextLine().split("\t"), args[0]);
            out.println(verdict.replace('\n', ' '));
        }
    }

    private static String verdict(String[] configuration, String folder) {
        List<String> arguments = new ArrayList<>(List.of(configuration[0], "--configDir", folder));
        for (int i = 1; i < configuration.length; i++) {
            arguments.addAll(List.of("-D", configuration[i]));
        }
        var printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed));
        try {
            BashJavaUtils.main(arguments.toArray(String[]::new));
        } catch (Exception refusal) {
            return "refused: " + refusal.getMessage();
        }
        boolean jobManager = configuration[0].equals("GET_JM_RESOURCE_PARAMS");
        long heap = Long.parseLong(printed.toString().replaceAll("(?s).*-Xmx(\\d+) .*", "$1"));
        return jobManager && heap < JobManagerOptions.MIN_JVM_HEAP_SIZE.getBytes() ? "warned" : "fits";
    }
}
