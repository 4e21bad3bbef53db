package lakehouse.planner;

import java.lang.reflect.Field;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.api.common.JobInfoImpl;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.TaskInfoImpl;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.runtime.accumulators.AccumulatorRegistry;
import org.apache.flink.runtime.checkpoint.PrioritizedOperatorSubtaskState;
import org.apache.flink.runtime.execution.Environment;
import org.apache.flink.runtime.executiongraph.ExecutionAttemptID;
import org.apache.flink.runtime.io.disk.iomanager.IOManagerAsync;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.memory.MemoryManager;
import org.apache.flink.runtime.metrics.groups.UnregisteredMetricGroups;
import org.apache.flink.runtime.operators.coordination.OperatorEventDispatcher;
import org.apache.flink.runtime.operators.coordination.OperatorEventGateway;
import org.apache.flink.runtime.state.TaskStateManager;
import org.apache.flink.runtime.taskmanager.TaskManagerRuntimeInfo;
import org.apache.flink.streaming.api.graph.StreamConfig;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorFactoryUtil;
import org.apache.flink.streaming.api.operators.StreamTaskStateInitializerImpl;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.StreamTask;
import org.apache.flink.streaming.runtime.tasks.TimerService;
import org.apache.flink.streaming.runtime.tasks.mailbox.MailboxDefaultAction;
import org.apache.flink.streaming.runtime.tasks.mailbox.MailboxProcessor;
import org.apache.flink.util.SimpleUserCodeClassLoader;
import org.apache.flink.util.clock.SystemClock;

/**
 * Opens one operator of a job as a task would, without any task, input or output: what state it has, it says only then.
 */
final class Opened {

    /**
     * What was seen of it.
     *
     * @param unseen why there may be more; null: this is all
     */
    record Seen(List<States.State> states, String unseen) {}

    private static final long MEMORY = 64L << 20;

    private Opened() {}

    static Seen states(StreamConfig config, int parallelism, Configuration job, ClassLoader loader, Path temporary) {
        States states = new States();
        Thread.currentThread().setContextClassLoader(loader);
        try {
            Environment environment = environment(config, parallelism, job, loader, temporary);
            StreamTask<Object, ?> task = task(environment, config);
            OperatorEventDispatcher events = proxy(
                    OperatorEventDispatcher.class,
                    Map.of("getOperatorEventGateway", proxy(OperatorEventGateway.class, Map.of())));
            StreamOperator<Object> operator = StreamOperatorFactoryUtil.<Object, StreamOperator<Object>>createOperator(
                            config.getStreamOperatorFactory(loader), task, config, nowhere(), events)
                    .f0;
            operator.initializeState(new StreamTaskStateInitializerImpl(environment, states));
            // An operator without keys has all its state by now; opened, it may look for what it talks to.
            if (config.getStateKeySerializer(loader) == null) {
                return new Seen(states.found(), null);
            }
            if (operator.getClass().getPackageName().contains(".python")) {
                return new Seen(states.found(), "its state is made in Python, while it runs");
            }
            operator.open();
            return new Seen(states.found(), null);
        } catch (Exception | LinkageError failure) {
            return new Seen(states.found(), failure.toString());
        }
    }

    /** A task that never was: its constructor would start threads and ask for a network. */
    private static StreamTask<Object, ?> task(Environment environment, StreamConfig config) throws Exception {
        Field unsafe = sun.misc.Unsafe.class.getDeclaredField("theUnsafe");
        unsafe.setAccessible(true);
        NoTask task = (NoTask) ((sun.misc.Unsafe) unsafe.get(null)).allocateInstance(NoTask.class);
        set(task, "environment", environment);
        set(task, "configuration", config);
        set(task, "cancelables", new CloseableRegistry());
        set(task, "mailboxProcessor", new MailboxProcessor((MailboxDefaultAction) controller -> {}));
        set(task, "timerService", proxy(TimerService.class, Map.of("getClock", SystemClock.getInstance())));
        return task;
    }

    private static void set(Object task, String name, Object value) throws ReflectiveOperationException {
        Field field = StreamTask.class.getDeclaredField(name);
        field.setAccessible(true);
        field.set(task, value);
    }

    private static final class NoTask extends StreamTask<Object, StreamOperator<Object>> {
        NoTask(Environment environment) throws Exception {
            super(environment);
        }

        @Override
        protected void init() {}
    }

    private static Environment environment(
            StreamConfig config, int parallelism, Configuration job, ClassLoader loader, Path temporary)
            throws Exception {
        int most = Math.max(128, parallelism);
        String[] folders = {temporary.toString()};
        TaskManagerRuntimeInfo manager = proxy(
                TaskManagerRuntimeInfo.class,
                Map.of(
                        "getConfiguration", job,
                        "getTmpDirectories", folders,
                        "getTmpWorkingDirectory", temporary.toFile(),
                        "getTaskManagerExternalAddress", "localhost"));
        TaskStateManager restored = proxy(
                TaskStateManager.class,
                Map.of(
                        "prioritizedOperatorState", PrioritizedOperatorSubtaskState.emptyNotRestored(),
                        "getRestoreCheckpointId", Optional.empty()));
        JobID id = new JobID();
        ExecutionAttemptID attempt = ExecutionAttemptID.randomId();
        Map<String, Object> answers = Map.ofEntries(
                Map.entry("getExecutionConfig", new ExecutionConfig(job)),
                Map.entry("getJobID", id),
                Map.entry("getJobInfo", new JobInfoImpl(id, "planned")),
                Map.entry("getJobVertexId", new JobVertexID()),
                Map.entry("getExecutionId", attempt),
                Map.entry("getTaskConfiguration", config.getConfiguration()),
                Map.entry("getJobConfiguration", job),
                Map.entry("getTaskManagerInfo", manager),
                Map.entry("getMetricGroup", UnregisteredMetricGroups.createUnregisteredTaskMetricGroup()),
                Map.entry("getTaskInfo", new TaskInfoImpl("planned", most, 0, parallelism, 0)),
                Map.entry("getIOManager", new IOManagerAsync(temporary.toString())),
                Map.entry("getMemoryManager", MemoryManager.create(MEMORY, MemoryManager.DEFAULT_PAGE_SIZE)),
                Map.entry("getUserCodeClassLoader", SimpleUserCodeClassLoader.create(loader)),
                Map.entry("getDistributedCacheEntries", Map.of()),
                Map.entry("getTaskStateManager", restored),
                Map.entry("getAccumulatorRegistry", new AccumulatorRegistry(id, attempt)));
        return proxy(Environment.class, answers);
    }

    private static Output<StreamRecord<Object>> nowhere() {
        @SuppressWarnings("unchecked")
        Output<StreamRecord<Object>> output = proxy(Output.class, Map.of());
        return output;
    }

    /** An object of this interface that gives these answers, by the method's name, and to all else the emptiest. */
    private static <T> T proxy(Class<T> type, Map<String, Object> answers) {
        Class<?>[] types = {type};
        return type.cast(Proxy.newProxyInstance(Opened.class.getClassLoader(), types, (self, method, given) -> {
            Object answer = answers.get(method.getName());
            if (answer != null) {
                return answer;
            }
            return switch (method.getReturnType().getName()) {
                case "boolean" -> false;
                case "int" -> method.getName().equals("hashCode") ? System.identityHashCode(self) : 0;
                case "long" -> 0L;
                default -> null;
            };
        }));
    }
}
