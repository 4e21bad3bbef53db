package lakehouse.sqlrunner;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file whose text Kubernetes shows as the reason why a container ended: {@code kubectl describe pod} then says what
 * is wrong with the job. Elsewhere, TERMINATION_LOG names the file.
 */
final class TerminationLog {

    private static final Logger LOG = LoggerFactory.getLogger(TerminationLog.class);
    private static final Path KUBERNETES = Path.of("/dev/termination-log");

    private TerminationLog() {}

    /** Starts a job; what keeps it from starting is logged and written here before it goes on to Flink. */
    static void reporting(Runnable start) {
        try {
            start.run();
        } catch (ScriptException failure) {
            LOG.error(failure.getMessage());
            write(failure.getMessage(), System.getenv());
            throw failure;
        }
    }

    private static void write(String message, Map<String, String> environment) {
        String named = environment.get("TERMINATION_LOG");
        // Kubernetes makes its file beforehand; where it is not, this is no pod and nobody would read it.
        if (named == null && !Files.isWritable(KUBERNETES)) {
            return;
        }
        try {
            Files.writeString(named == null ? KUBERNETES : Path.of(named), message + "\n");
        } catch (IOException e) {
            // The message is in the log all the same; the failure to report must not hide the failure reported.
            LOG.warn("cannot write the termination message: {}", e.toString());
        }
    }
}
