package lakehouse.planner;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.client.FlinkPipelineTranslationUtil;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.streaming.api.graph.StreamConfig;
import org.apache.flink.streaming.api.graph.StreamEdge;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamGraphHasherV2;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.streaming.api.operators.AbstractUdfStreamOperator;
import org.apache.flink.streaming.api.operators.SimpleOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperatorFactory;

/** The operators of a job, as plain data, in the order in which the program made them. */
final class Operators {

    /** How the planner numbers what it makes: {@code [6]:Join(…)}, and in the name {@code Join[6]}. */
    private static final Pattern NODE = Pattern.compile("^\\[\\d+\\]:(\\w+)");

    private static final Pattern NUMBER = Pattern.compile("\\[\\d+\\]$");

    private final Map<Integer, String> ids = new HashMap<>();
    private final Map<Integer, StreamConfig> configs = new HashMap<>();
    private final Configuration configuration;
    private final ClassLoader loader;
    private final Path temporary;

    private Operators(Configuration configuration, ClassLoader loader, Path temporary) {
        this.configuration = configuration;
        this.loader = loader;
        this.temporary = temporary;
    }

    static List<Map<String, Object>> of(
            StreamGraph graph, Configuration configuration, ClassLoader loader, Path temporary) {
        return new Operators(configuration, loader, temporary).all(graph);
    }

    private List<Map<String, Object>> all(StreamGraph graph) {
        // By these Flink finds each operator's state in a savepoint.
        Map<Integer, byte[]> hashes = new StreamGraphHasherV2().traverseStreamGraphAndGenerateHashes(graph);
        for (StreamNode node : graph.getStreamNodes()) {
            String given = node.getUserHash();
            ids.put(node.getId(), given != null ? given : new OperatorID(hashes.get(node.getId())).toString());
        }
        JobGraph job = FlinkPipelineTranslationUtil.getJobGraph(
                loader, graph, configuration, configuration.get(CoreOptions.DEFAULT_PARALLELISM));
        for (JobVertex vertex : job.getVertices()) {
            StreamConfig head = new StreamConfig(vertex.getConfiguration());
            configs.putAll(head.getTransitiveChainedTaskConfigsWithSelf(loader));
        }
        return graph.getStreamNodes().stream()
                .sorted(Comparator.comparingInt(StreamNode::getId))
                .map(this::operator)
                .toList();
    }

    private Map<String, Object> operator(StreamNode node) {
        Map<String, Object> found = new LinkedHashMap<>();
        found.put("id", ids.get(node.getId()));
        found.put("name", NUMBER.matcher(node.getOperatorName()).replaceFirst(""));
        Matcher planned = NODE.matcher(node.getOperatorDescription());
        found.put("kind", planned.find() ? planned.group(1) : kind(node.getOperatorFactory()));
        found.put("description", node.getOperatorDescription().replaceFirst("^\\[\\d+\\]:", ""));
        found.put("uid", node.getTransformationUID());
        found.put("inputs", node.getInEdges().stream()
                .sorted(Comparator.comparingInt(StreamEdge::getTypeNumber))
                .map(edge -> ids.get(edge.getSourceId()))
                .toList());
        found.put("key", Types.of(node.getStateKeySerializer()));
        found.put("output", Types.of(node.getTypeSerializerOut()));
        StreamConfig config = configs.get(node.getId());
        Opened.Seen seen = config == null
                ? new Opened.Seen(List.of(), "it is a source within the chain of another operator")
                : Opened.states(config, node.getParallelism(), configuration, loader, temporary);
        found.put("state", seen.states());
        found.put("unseen", seen.unseen());
        return found;
    }

    /** Of what no planner made: by its class, or that of the function that it runs. */
    private static String kind(StreamOperatorFactory<?> factory) {
        if (factory instanceof SimpleOperatorFactory<?> simple) {
            Object operator = simple.getOperator();
            Object function =
                    operator instanceof AbstractUdfStreamOperator<?, ?> user ? user.getUserFunction() : operator;
            return function.getClass().getSimpleName();
        }
        return factory == null ? "" : factory.getClass().getSimpleName().replaceFirst("Factory$", "");
    }
}
