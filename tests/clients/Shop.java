import com.sun.net.httpserver.HttpServer;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

// A shop with java.net.http, and with HttpURLConnection.
public class Shop {
    static final String NICEPAY = "https://dev.nicepay.co.id/nicepay/direct/v2/";
    static final String IMID = System.getenv("NICEPAY_IMID");
    static final String KEY = System.getenv("NICEPAY_MERCHANT_KEY");
    static final LinkedBlockingQueue<Map<String, String>> NOTIFICATIONS = new LinkedBlockingQueue<>();
    static String notify;
    static int failed = 0;

    interface Client {
        String post(String url, String json) throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/notify", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
            Map<String, String> told = new HashMap<>();
            for (String pair : body.split("&")) {
                String[] parts = pair.split("=", 2);
                told.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
            }
            NOTIFICATIONS.add(told);
        });
        server.start();
        notify = "http://127.0.0.1:" + server.getAddress().getPort() + "/notify";

        HttpClient http = HttpClient.newHttpClient();
        shop("java.net.http", (url, json) -> {
            HttpRequest request = HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(30))
                .header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(json)).build();
            return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
        });
        shop("HttpURLConnection", (url, json) -> {
            HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
            connection.setRequestProperty("Content-Type", "application/json");
            connection.setConnectTimeout(30_000);
            connection.setReadTimeout(30_000);
            connection.setDoOutput(true);
            connection.getOutputStream().write(json.getBytes(StandardCharsets.UTF_8));
            return new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        });
        System.exit(failed);
    }

    static void shop(String name, Client client) {
        try {
            String userToken = pay(client, name + "-1", "1", "", true);
            pay(client, name + "-2", "2", userToken, false);
            System.out.println("ok java " + name);
        } catch (Exception error) {
            failed = 1;
            System.out.println("failed java " + name + ": " + error);
        }
    }

    static String pay(Client client, String reference, String tokenize, String userToken, boolean byCustomer)
        throws Exception {
        String order = Files.readString(Path.of("order.json")).trim();
        String amt = field(order, "amt");
        String registered = client.post(NICEPAY + "registration", signed(reference, amt) + String.format(
            ",\"dbProcessUrl\":\"%s\",\"tokenizeUser\":\"%s\",\"userToken\":\"%s\",\"clientUserKey\":\"%s\",%s",
            notify, tokenize, userToken, byCustomer ? "customer-1" : "", order.substring(1)));
        check("0000".equals(field(registered, "resultCd")), registered);
        String tXid = field(registered, "tXid");
        if (byCustomer) {
            String customer = System.getenv("NICEPAY_SIM_URL") + "/__sim/api/transactions/" + tXid + "/buyer";
            client.post(customer, "{\"do\":\"pay\"}");
        }
        Map<String, String> told = NOTIFICATIONS.poll(30, TimeUnit.SECONDS);
        check(told != null && tXid.equals(told.get("tXid")), "notification: " + told);
        check(sign(IMID, tXid, told.get("amt")).equals(told.get("merchantToken")), "notification: " + told);
        String inquiry = client.post(NICEPAY + "inquiry",
            signed(reference, amt) + String.format(",\"tXid\":\"%s\",\"amt\":\"%s\"}", tXid, amt));
        check("0".equals(field(inquiry, "status")), inquiry);
        return told.get("userToken");
    }

    // The fields of every request, without the closing brace.
    static String signed(String reference, String amt) throws Exception {
        String now = LocalDateTime.now().format(DateTimeFormatter.ofPattern("yyyyMMddHHmmss"));
        return String.format("{\"timeStamp\":\"%s\",\"iMid\":\"%s\",\"referenceNo\":\"%s\",\"merchantToken\":\"%s\"",
            now, IMID, reference, sign(now, IMID, reference, amt));
    }

    static String sign(String... values) throws Exception {
        byte[] text = (String.join("", values) + KEY).getBytes(StandardCharsets.UTF_8);
        StringBuilder hex = new StringBuilder();
        for (byte part : MessageDigest.getInstance("SHA-256").digest(text)) {
            hex.append(String.format("%02x", part));
        }
        return hex.toString();
    }

    static String field(String json, String name) {
        Matcher matcher = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(json);
        return matcher.find() ? matcher.group(1) : null;
    }

    static void check(boolean isRight, String what) {
        if (!isRight) {
            throw new IllegalStateException(what);
        }
    }
}
