package dev.demitasse.examples.server;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who is answered: holders of a key if there are keys, and no web page of another origin unless it is named. Browsers send
 * {@code Origin} with whatever a page may send elsewhere, so that this also stops requests that need no CORS.
 */
final class AccessRules {
    private static final String BEARER = "Bearer ";
    private static final Set<String> WITHOUT_KEY = Set.of("/health", "/v1/health");
    private static final Set<String> LOOPBACK_NAMES = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final String CONTENT_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; "
            + "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private final List<byte[]> keyDigests;
    private final List<String> origins;
    private final List<String> hosts;
    private final boolean onLoopback;

    AccessRules(ServerSettings settings) {
        this.keyDigests = settings.apiKeys().stream().map(AccessRules::digest).toList();
        this.origins = settings.corsOrigins();
        this.hosts = settings.allowedHosts();
        this.onLoopback = isLoopback(settings.host());
    }

    /** Headers of every response. */
    void writeHeaders(Exchange exchange) {
        exchange.setHeader("X-Content-Type-Options", "nosniff");
        exchange.setHeader("X-Frame-Options", "DENY");
        exchange.setHeader("Referrer-Policy", "no-referrer");
        exchange.setHeader("Cross-Origin-Resource-Policy", "same-origin");
        exchange.setHeader("Content-Security-Policy", CONTENT_POLICY);
        exchange.setHeader("Cache-Control", "no-store");
        String origin = exchange.header("Origin");
        if (origin != null && isNamed(origin)) {
            exchange.setHeader("Access-Control-Allow-Origin", origin);
            exchange.setHeader("Vary", "Origin");
            exchange.setHeader("Cross-Origin-Resource-Policy", "cross-origin");
        }
    }

    /** Throws status 401 or 403 if the request must not be answered. */
    void check(Exchange exchange) {
        checkHost(exchange.header("Host"));
        checkOrigin(exchange);
        boolean open = WITHOUT_KEY.contains(exchange.path())
                || WebPage.isPart(exchange.path())
                || exchange.method().equals("OPTIONS");
        if (!keyDigests.isEmpty() && !open) {
            checkKey(exchange.header("Authorization"));
        }
    }

    private void checkHost(@Nullable String header) {
        if (!onLoopback || header == null) {
            return;
        }
        String name = header.replaceFirst(":\\d*$", "").toLowerCase(Locale.ROOT);
        if (!LOOPBACK_NAMES.contains(name) && !hosts.contains(name)) {
            throw ApiException.forbidden("this server is not known as the host named in the request; start it with"
                    + " --allowed-host if it should be");
        }
    }

    private void checkOrigin(Exchange exchange) {
        String origin = exchange.header("Origin");
        if (origin == null || isNamed(origin)) {
            return;
        }
        String host = exchange.header("Host");
        if (!origin.replaceFirst("^https?://", "").equals(host)) {
            throw ApiException.forbidden(
                    "pages of another origin may not use this server; start it with" + " --cors-origin if they should");
        }
    }

    private boolean isNamed(String origin) {
        return origins.contains("*") || origins.contains(origin);
    }

    private void checkKey(@Nullable String header) {
        if (header == null || !header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            throw ApiException.unauthorized("this server wants a key: Authorization: Bearer KEY");
        }
        byte[] given = digest(header.substring(BEARER.length()).strip());
        boolean known = false;
        for (byte[] key : keyDigests) {
            // All of them, each in constant time: how long it takes tells nothing about any key.
            known |= MessageDigest.isEqual(key, given);
        }
        if (!known) {
            throw ApiException.unauthorized("this is none of the server's keys");
        }
    }

    /** Answers a browser that asks what a page of another origin may do. */
    void preflight(Exchange exchange) {
        String headers = exchange.header("Access-Control-Request-Headers");
        exchange.setHeader("Access-Control-Allow-Methods", "GET, POST");
        exchange.setHeader("Access-Control-Allow-Headers", headers == null ? "Authorization, Content-Type" : headers);
        exchange.setHeader("Access-Control-Max-Age", "600");
        exchange.setHeader("Allow", "GET, HEAD, OPTIONS, POST");
        exchange.respond(204, "text/plain", new byte[0]);
    }

    private static byte[] digest(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException _) {
            // Opening the port will say so.
            return false;
        }
    }
}
