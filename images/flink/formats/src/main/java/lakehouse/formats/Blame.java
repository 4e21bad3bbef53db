package lakehouse.formats;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import org.apache.flink.util.ExceptionUtils;

/** Tells a malformed message from a failure that would hit any message, such as a schema registry that is down. */
final class Blame {

    /** "Schema not found": the id in the message is nobody's (Confluent's API reference, "GET /schemas/ids/{int: id}"). */
    private static final int NO_SUCH_SCHEMA = 40403;

    private static final String REGISTRY_CLIENT = SchemaRegistryClient.class.getPackageName();

    private static final int LONGEST = 500;

    /** Of the heap, times a message's size: who lacks memory with so much free was asked for an absurd amount of it. */
    private static final long AMPLE = 100;

    private static final int SMALLEST_MESSAGE = 64 * 1024;

    private Blame() {}

    /** What is wrong with the message; raises the failure where the message is not to blame. */
    static String reason(Throwable failure, int messageLength) throws IOException {
        ExceptionUtils.findThrowable(failure, Blame::isInterruption).ifPresent(Blame::raise);
        if (failure instanceof OutOfMemoryError error && !hasRoomFor(messageLength)) {
            throw error;
        }
        boolean unknownSchema = ExceptionUtils.findThrowable(failure, RestClientException.class)
                .filter(answer -> answer.getErrorCode() == NO_SUCH_SCHEMA)
                .isPresent();
        if (!unknownSchema && ExceptionUtils.findThrowable(failure, Blame::isOfRegistry).isPresent()) {
            throw new IOException(
                    "The schema registry does not answer as it should: " + words(failure)
                            + ". The job fails, and tries again by its restart strategy: the record is not to blame.",
                    failure);
        }
        return words(failure);
    }

    private static boolean isInterruption(Throwable failure) {
        return failure instanceof InterruptedException
                || failure instanceof ClosedByInterruptException
                || failure instanceof InterruptedIOException && Thread.currentThread().isInterrupted();
    }

    private static void raise(Throwable failure) {
        ExceptionUtils.rethrow(failure);
    }

    /** By where it happened, not by its class: a broken answer and a broken record are both an IOException. */
    private static boolean isOfRegistry(Throwable failure) {
        return failure instanceof RestClientException
                || Arrays.stream(failure.getStackTrace())
                        .anyMatch(frame -> frame.getClassName().startsWith(REGISTRY_CLIENT));
    }

    private static boolean hasRoomFor(int messageLength) {
        Runtime java = Runtime.getRuntime();
        long free = java.maxMemory() - java.totalMemory() + java.freeMemory();
        return free > AMPLE * Math.max(messageLength, SMALLEST_MESSAGE);
    }

    /** What each cause adds to the one before. */
    private static String words(Throwable failure) {
        Set<String> said = new LinkedHashSet<>();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = cause.getMessage();
            String text = message == null || message.isBlank() ? cause.getClass().getSimpleName() : message;
            said.add(text.lines().findFirst().orElse("").strip().replaceAll("[.:]$", ""));
        }
        String words = String.join(": ", said);
        return words.length() <= LONGEST ? words : words.substring(0, LONGEST) + "…";
    }
}
