package lakehouse.maintenance;

import java.util.Map;
import java.util.Properties;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;

/**
 * What Iceberg's maintenance counts. A task that fails ends its job well all the same, and tells of it in its metrics
 * alone (Iceberg docs: "Flink Table Maintenance", LockRemover metrics).
 *
 * <p>Of this process, whose jobs run one after the other: {@link #clear()} before each.
 */
public final class TaskCounts implements MetricReporter {

    private static final Map<String, Queue<Counter>> COUNTERS = new ConcurrentHashMap<>();

    static Configuration reporting() {
        Configuration configuration = new Configuration();
        configuration.setString("metrics.reporters", "counts");
        configuration.setString("metrics.reporter.counts.factory.class", Factory.class.getName());
        return configuration;
    }

    static void clear() {
        COUNTERS.clear();
    }

    /** The sum over all tasks, 0 where nobody counts that. */
    static long of(String name) {
        return COUNTERS.getOrDefault(name, new ConcurrentLinkedQueue<>()).stream()
                .mapToLong(Counter::getCount)
                .sum();
    }

    @Override
    public void open(MetricConfig config) {}

    @Override
    public void close() {}

    @Override
    public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
        if (metric instanceof Counter counter) {
            COUNTERS.computeIfAbsent(name, unknown -> new ConcurrentLinkedQueue<>()).add(counter);
        }
    }

    @Override
    public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {}

    /** Found by Flink with a {@link java.util.ServiceLoader}. */
    public static final class Factory implements MetricReporterFactory {
        @Override
        public MetricReporter createMetricReporter(Properties properties) {
            return new TaskCounts();
        }
    }
}
