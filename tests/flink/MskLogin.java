import java.nio.charset.StandardCharsets;
import java.util.Map;

import javax.security.sasl.Sasl;
import javax.security.sasl.SaslClient;

import org.apache.kafka.common.security.JaasContext;
import org.apache.kafka.common.config.types.Password;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.authenticator.LoginManager;
import org.apache.kafka.common.security.authenticator.DefaultLogin;
import org.apache.kafka.common.security.authenticator.AbstractLogin;

/**
 * Logs in as a Kafka client does at MSK by IAM, with the options of infra/kafka.py as arguments: mechanism, JAAS
 * configuration, callback handler. Prints the first message that it would send to the broker.
 */
public final class MskLogin {
    public static void main(String[] args) throws Exception {
        String mechanism = args[0];
        Map<String, Object> options = Map.of("sasl.jaas.config", new Password(args[1]), "sasl.mechanism", mechanism);
        JaasContext jaas = JaasContext.loadClientContext(options);
        // Loads the module that the JAAS configuration names, which brings the mechanism.
        LoginManager.acquireLoginManager(
                jaas, mechanism, DefaultLogin.class, Map.of(
                        "sasl.jaas.config", new Password(args[1]),
                        "sasl.login.callback.handler.class", AbstractLogin.DefaultLoginCallbackHandler.class));
        AuthenticateCallbackHandler handler =
                (AuthenticateCallbackHandler) Class.forName(args[2]).getDeclaredConstructor().newInstance();
        handler.configure(options, mechanism, jaas.configurationEntries());
        SaslClient client = Sasl.createSaslClient(
                new String[] {mechanism}, null, "kafka", "b-1.example.kafka.eu-west-1.amazonaws.com", Map.of(), handler);
        System.out.println(new String(client.evaluateChallenge(new byte[0]), StandardCharsets.UTF_8));
    }
}
