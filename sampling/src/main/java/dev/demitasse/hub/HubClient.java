package dev.demitasse.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Requests to a hub and to where it redirects. Redirects are followed here: the token goes to the hub's own origin and
 * to no other, and nothing goes from {@code https:} to {@code http:}.
 */
final class HubClient implements AutoCloseable {
    /** The hash of a large file, which the hub tells while it redirects to where the file lies. */
    static final String LINKED_TAG = "X-Linked-Etag";

    private static final int MOST_REDIRECTS = 10;
    private static final Duration CONNECTING = Duration.ofSeconds(20);
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
    private static final Set<Integer> PASSING = Set.of(408, 425, 429, 500, 502, 503, 504);

    private final HubSettings settings;
    private final HttpClient http;

    HubClient(HubSettings settings) {
        this.settings = settings;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECTING)
                .proxy(new EnvironmentProxies(settings.environment(), ProxySelector.getDefault()))
                .build();
    }

    /** What the hub says of a file, from the first answer that names its hash, or the last one. */
    HttpResponse<InputStream> head(URI uri) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder().HEAD();
        return follow(
                uri,
                request,
                response -> response.headers().firstValue(LINKED_TAG).isPresent());
    }

    /** Opens an address; the caller closes the body. */
    HttpResponse<InputStream> get(URI uri, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder().GET();
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return follow(uri, request, _ -> false);
    }

    private HttpResponse<InputStream> follow(
            URI start, HttpRequest.Builder request, Predicate<HttpResponse<?>> isEnough)
            throws IOException, InterruptedException {
        URI uri = start;
        for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
            HttpResponse<InputStream> response = send(uri, request.copy());
            if (!REDIRECTS.contains(response.statusCode()) || isEnough.test(response)) {
                return response;
            }
            response.body().close();
            uri = target(uri, response);
        }
        throw new HubException(start + ": found more than " + MOST_REDIRECTS + " redirects; expected a file. Is the"
                + " address right?");
    }

    private static URI target(URI from, HttpResponse<?> response) throws HubException {
        String location = response.headers().firstValue("Location").orElse("");
        URI uri;
        try {
            uri = from.resolve(location);
        } catch (IllegalArgumentException e) {
            throw new HubException(from + ": found a redirect to \"" + location + "\"; expected an address", e);
        }
        boolean http = uri.getScheme() != null && uri.getScheme().matches("(?i)https?") && uri.getHost() != null;
        if (location.isBlank() || !http) {
            throw new HubException(from + ": found a redirect to \"" + location + "\"; expected an address");
        }
        if (Origin.of(from).isEncrypted() && !Origin.of(uri).isEncrypted()) {
            throw new HubException(from + ": found a redirect to " + uri + ", which is not encrypted; expected https:");
        }
        return uri;
    }

    private HttpResponse<InputStream> send(URI uri, HttpRequest.Builder request)
            throws IOException, InterruptedException {
        request.uri(uri).header("User-Agent", "demitasse").timeout(settings.stall());
        if (settings.token() != null && isForToken(Origin.of(uri))) {
            request.header("Authorization", "Bearer " + settings.token());
        }
        HttpResponse<InputStream> response;
        try {
            response = http.send(request.build(), BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw new TransientFailure(uri.getHost() + " could not be reached (" + reason(e) + ")", e);
        }
        int status = response.statusCode();
        if (PASSING.contains(status)) {
            response.body().close();
            String pause = response.headers().firstValue("Retry-After").orElse("");
            throw new TransientFailure(
                    uri.getHost() + " answered with status " + status,
                    Duration.ofSeconds(pause.matches("\\d{1,6}") ? Long.parseLong(pause) : 0));
        }
        return response;
    }

    /** The hub's own origin, unless everybody on the way there could read along. */
    private boolean isForToken(Origin origin) {
        return origin.equals(Origin.of(settings.endpoint())) && (origin.isEncrypted() || origin.isLoopback());
    }

    static String reason(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    /** Ends requests that are still running. */
    @Override
    public void close() {
        http.shutdownNow();
        http.close();
    }
}
