package lakehouse.formats;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A schema registry with what a decoder asks of it: GET /schemas/ids/{id}. It can be told to answer otherwise. */
final class Registry implements AutoCloseable {

    private record Answer(int status, String body) {}

    private final Map<Integer, String> schemas = new ConcurrentHashMap<>();
    private HttpServer server;
    private volatile Answer always;

    Registry() throws IOException {
        start(0);
    }

    private void start(int port) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** {@code schema}: as JSON. */
    void add(int id, String schema) {
        schemas.put(id, schema);
    }

    /** From now on the same to everything; null: as a registry does. */
    void answerAlways(int status, String body) {
        always = new Answer(status, body);
    }

    void answerAsUsual() {
        always = null;
    }

    void stop() {
        server.stop(0);
    }

    void startAgain() throws IOException {
        start(server.getAddress().getPort());
    }

    private void answer(HttpExchange exchange) throws IOException {
        Answer answer = always != null ? always : schema(exchange.getRequestURI().getPath());
        byte[] body = answer.body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(answer.status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private Answer schema(String path) {
        String schema = schemas.get(Integer.parseInt(path.substring(path.lastIndexOf('/') + 1)));
        return schema == null
                ? new Answer(404, "{\"error_code\": 40403, \"message\": \"Schema not found\"}")
                : new Answer(200, "{\"schema\": \"" + schema.replace("\n", " ").replace("\"", "\\\"") + "\"}");
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
