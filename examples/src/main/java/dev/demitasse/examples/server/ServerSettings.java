package dev.demitasse.examples.server;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** How the server listens, whom it answers and what it endures. Safe without a word: loopback, small, patient. */
public final class ServerSettings {
    private static final int MEBIBYTE = 1 << 20;

    private String host = "127.0.0.1";
    private int port = 8080;
    private List<String> apiKeys = List.of();
    private List<String> corsOrigins = List.of();
    private List<String> allowedHosts = List.of();
    private int concurrent = 16;
    private int queue = 64;
    private int maxBodyBytes = MEBIBYTE;
    private int maxConnections = 1024;
    private Duration requestTimeout = Duration.ofMinutes(10);
    private Duration receiveTimeout = Duration.ofSeconds(30);
    private Duration sendTimeout = Duration.ofSeconds(30);
    private Duration shutdownTimeout = Duration.ofSeconds(10);

    /** The defaults. */
    public ServerSettings() {}

    /** Address to listen on. Default 127.0.0.1, which other machines cannot reach. */
    public ServerSettings host(String host) {
        this.host = Objects.requireNonNull(host, "host");
        return this;
    }

    /** TCP port to listen on; 0 lets the system choose. Default 8080. */
    public ServerSettings port(int port) {
        check(port >= 0 && port <= 0xFFFF, "port", "from 0 to 65535", port);
        this.port = port;
        return this;
    }

    /** Keys of which a request must carry one, as {@code Authorization: Bearer KEY}. Default none: all are answered. */
    public ServerSettings apiKeys(List<String> keys) {
        check(keys.stream().noneMatch(String::isBlank), "apiKeys", "keys that are not blank", "a blank one");
        this.apiKeys = List.copyOf(keys);
        return this;
    }

    /** Origins whose web pages may use this server ({@code https://app.example}); {@code *} for all. Default none. */
    public ServerSettings corsOrigins(List<String> origins) {
        this.corsOrigins = List.copyOf(origins);
        return this;
    }

    /**
     * Further names under which the server is reached, where it listens on loopback behind a proxy. A request with
     * another {@code Host} than these and loopback's names is refused there: a web page can give a name of its own this
     * machine's address.
     */
    public ServerSettings allowedHosts(List<String> hosts) {
        this.allowedHosts = List.copyOf(hosts);
        return this;
    }

    /** Replies that are written at the same time. Default 16. */
    public ServerSettings concurrent(int replies) {
        check(replies >= 1, "concurrent", "at least 1", replies);
        this.concurrent = replies;
        return this;
    }

    /** Requests that may wait for their turn; further ones are refused with status 429. Default 64. */
    public ServerSettings queue(int requests) {
        check(requests >= 0, "queue", "at least 0", requests);
        this.queue = requests;
        return this;
    }

    /** Largest body of a request. Default 1 MiB. */
    public ServerSettings maxBodyBytes(int bytes) {
        check(bytes >= 1, "maxBodyBytes", "at least 1", bytes);
        this.maxBodyBytes = bytes;
        return this;
    }

    /** Connections that may be open at the same time; further ones are closed at once. Default 1024. */
    public ServerSettings maxConnections(int connections) {
        check(connections >= 1, "maxConnections", "at least 1", connections);
        this.maxConnections = connections;
        return this;
    }

    /** Most time for a reply, waiting for its turn included. Default 10 minutes. */
    public ServerSettings requestTimeout(Duration timeout) {
        this.requestTimeout = positive(timeout, "requestTimeout");
        return this;
    }

    /** Most time a client may take to send the head of a request, and again its body. Default 30 seconds. */
    public ServerSettings receiveTimeout(Duration timeout) {
        this.receiveTimeout = positive(timeout, "receiveTimeout");
        return this;
    }

    /** Most time a client may take to accept the next piece of a response. Default 30 seconds. */
    public ServerSettings sendTimeout(Duration timeout) {
        this.sendTimeout = positive(timeout, "sendTimeout");
        return this;
    }

    /** Most time that replies under way get to finish when the server is closed. Default 10 seconds. */
    public ServerSettings shutdownTimeout(Duration timeout) {
        this.shutdownTimeout = positive(timeout, "shutdownTimeout");
        return this;
    }

    String host() {
        return host;
    }

    int port() {
        return port;
    }

    List<String> apiKeys() {
        return apiKeys;
    }

    List<String> corsOrigins() {
        return corsOrigins;
    }

    List<String> allowedHosts() {
        return allowedHosts;
    }

    int concurrent() {
        return concurrent;
    }

    int queue() {
        return queue;
    }

    int maxBodyBytes() {
        return maxBodyBytes;
    }

    int maxConnections() {
        return maxConnections;
    }

    Duration requestTimeout() {
        return requestTimeout;
    }

    Duration receiveTimeout() {
        return receiveTimeout;
    }

    Duration sendTimeout() {
        return sendTimeout;
    }

    Duration shutdownTimeout() {
        return shutdownTimeout;
    }

    private static Duration positive(Duration duration, String name) {
        check(duration.isPositive(), name, "positive", duration);
        return duration;
    }

    private static void check(boolean good, String name, String expected, Object found) {
        if (!good) {
            throw new IllegalArgumentException(name + " must be " + expected + ", got " + found);
        }
    }
}
