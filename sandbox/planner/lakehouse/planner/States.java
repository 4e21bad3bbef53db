package lakehouse.planner;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.state.CheckpointableKeyedStateBackend;
import org.apache.flink.runtime.state.OperatorStateBackend;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;

/** A state backend that remembers what one operator asks it for, and otherwise is Flink's own in memory. */
final class States implements StateBackend {

    private static final long serialVersionUID = 1L;

    /**
     * One state of an operator.
     *
     * @param scope "key" for one value each key; "operator", "union" or "broadcast" for that of the operator; "timer"
     * @param kind VALUE, LIST, MAP, REDUCING or AGGREGATING; null for timers
     * @param type what its serializer writes
     * @param window what its namespace is, where it has one
     * @param ttl how long it is kept, in milliseconds; null: for ever
     */
    record State(String name, String scope, String kind, String type, String window, Long ttl) {}

    private final transient HashMapStateBackend memory = new HashMapStateBackend();
    private final transient List<State> found = new ArrayList<>();

    List<State> found() {
        return found.stream().distinct().sorted(Comparator.comparing(State::scope).thenComparing(State::name)).toList();
    }

    @Override
    @SuppressWarnings("unchecked")
    public <K> CheckpointableKeyedStateBackend<K> createKeyedStateBackend(KeyedStateBackendParameters<K> parameters)
            throws Exception {
        return (CheckpointableKeyedStateBackend<K>)
                watched(CheckpointableKeyedStateBackend.class, memory.createKeyedStateBackend(parameters));
    }

    @Override
    public OperatorStateBackend createOperatorStateBackend(OperatorStateBackendParameters parameters) throws Exception {
        return (OperatorStateBackend) watched(OperatorStateBackend.class, memory.createOperatorStateBackend(parameters));
    }

    private Object watched(Class<?> type, Object backend) {
        return Proxy.newProxyInstance(States.class.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
            Object answer;
            try {
                answer = method.invoke(backend, arguments);
            } catch (InvocationTargetException failure) {
                throw failure.getCause();
            }
            // Afterwards: a descriptor has its serializer by then.
            remember(method, arguments);
            return answer;
        });
    }

    private void remember(Method method, Object[] arguments) {
        switch (method.getName()) {
            case "getPartitionedState" -> keyed((StateDescriptor<?, ?>) arguments[2], (TypeSerializer<?>) arguments[1]);
            case "getOrCreateKeyedState" -> keyed((StateDescriptor<?, ?>) arguments[1], (TypeSerializer<?>) arguments[0]);
            case "getListState" -> ofOperator("operator", (StateDescriptor<?, ?>) arguments[0]);
            case "getUnionListState" -> ofOperator("union", (StateDescriptor<?, ?>) arguments[0]);
            case "getBroadcastState" -> ofOperator("broadcast", (StateDescriptor<?, ?>) arguments[0]);
            case "create" -> found.add(
                    new State((String) arguments[0], "timer", null, Types.of((TypeSerializer<?>) arguments[1]), null, null));
            default -> {}
        }
    }

    private void keyed(StateDescriptor<?, ?> descriptor, TypeSerializer<?> namespace) {
        StateTtlConfig ttl = descriptor.getTtlConfig();
        found.add(new State(
                descriptor.getName(),
                "key",
                descriptor.getType().name(),
                Types.of(descriptor.getSerializer()),
                namespace instanceof VoidNamespaceSerializer ? null : Types.of(namespace),
                ttl.isEnabled() ? ttl.getTimeToLive().toMillis() : null));
    }

    private void ofOperator(String scope, StateDescriptor<?, ?> descriptor) {
        found.add(new State(
                descriptor.getName(), scope, descriptor.getType().name(), Types.of(descriptor.getSerializer()), null, null));
    }
}
