import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

// One inquiry with HttpURLConnection, and one with java.net.http. The address is that of the unmodified client libraries.
public class Check {
    static final URI URL = URI.create("https://dev.nicepay.co.id/nicepay/direct/v2/inquiry");

    interface Call {
        void send(String agent) throws Exception;
    }

    public static void main(String[] arguments) {
        send("HttpURLConnection", agent -> {
            HttpURLConnection connection = (HttpURLConnection) URL.toURL().openConnection();
            connection.setRequestMethod("POST");
            connection.setRequestProperty("Content-Type", "application/json");
            connection.setRequestProperty("User-Agent", agent);
            connection.setConnectTimeout(20_000);
            connection.setReadTimeout(20_000);
            connection.setDoOutput(true);
            connection.getOutputStream().write("{}".getBytes());
            connection.getResponseCode();
        });
        send("java.net.http", agent -> {
            HttpRequest request = HttpRequest.newBuilder(URL).timeout(Duration.ofSeconds(20))
                .header("Content-Type", "application/json").header("User-Agent", agent)
                .POST(HttpRequest.BodyPublishers.ofString("{}")).build();
            HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        });
        System.exit(0);
    }

    static void send(String client, Call call) {
        System.out.println("try " + client);
        try {
            call.send("nicepay-sim-check/java-" + client);
        } catch (Exception error) {
            System.out.println("failed " + client + ": " + error);
        }
    }
}
