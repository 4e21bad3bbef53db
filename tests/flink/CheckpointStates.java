import java.io.DataInputStream;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;

import org.apache.flink.api.common.typeutils.CompositeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputViewStreamWrapper;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyedBackendSerializationProxy;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot.CommonOptionsKeys;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot.CommonSerializerKeys;

/**
 * Prints what a checkpoint holds: a line for each state of each operator, `id, scope, name, kind, type, key, whether it
 * has a time to live`, by tabs; and for each operator without any its id alone. The argument is its `_metadata`.
 */
public final class CheckpointStates {

    private static final ClassLoader LOADER = CheckpointStates.class.getClassLoader();

    public static void main(String[] args) throws Exception {
        CheckpointMetadata found;
        try (DataInputStream file = new DataInputStream(Files.newInputStream(Path.of(args[0])))) {
            found = Checkpoints.loadCheckpointMetadata(file, LOADER, args[0]);
        }
        TreeSet<String> lines = new TreeSet<>();
        for (OperatorState operator : found.getOperatorStates()) {
            lines.add(operator.getOperatorID().toString());
            for (OperatorSubtaskState part : operator.getSubtaskStates().values()) {
                for (OperatorStateHandle handle : part.getManagedOperatorState()) {
                    handle.getStateNameToPartitionOffsets().forEach((name, state) ->
                            lines.add(operator.getOperatorID() + "\t" + state.getDistributionMode() + "\t" + name));
                }
                for (KeyedStateHandle handle : part.getManagedKeyedState()) {
                    keyed(operator.getOperatorID().toString(), handle, lines);
                }
            }
        }
        lines.forEach(System.out::println);
    }

    private static void keyed(String operator, KeyedStateHandle handle, TreeSet<String> lines) throws Exception {
        KeyedBackendSerializationProxy<?> states = new KeyedBackendSerializationProxy<>(LOADER);
        states.read(new DataInputViewStreamWrapper(
                ((IncrementalRemoteKeyedStateHandle) handle).getMetaDataStateHandle().openInputStream()));
        String key = type(states.getKeySerializerSnapshot().restoreSerializer());
        for (StateMetaInfoSnapshot state : states.getStateMetaInfoSnapshots()) {
            TypeSerializer<?> value =
                    state.getTypeSerializerSnapshot(CommonSerializerKeys.VALUE_SERIALIZER).restoreSerializer();
            String kind = state.getOption(CommonOptionsKeys.KEYED_STATE_TYPE);
            lines.add(String.join("\t", operator, state.getBackendStateType().name(), state.getName(), String.valueOf(kind),
                    type(value), key));
        }
    }

    /** As the planner says it. */
    private static String type(TypeSerializer<?> serializer) throws Exception {
        Method of = Class.forName("lakehouse.planner.Types").getDeclaredMethod("of", TypeSerializer.class);
        of.setAccessible(true);
        return (String) of.invoke(null, serializer);
    }
}
