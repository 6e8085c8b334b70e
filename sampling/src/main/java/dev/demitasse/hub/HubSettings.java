package dev.demitasse.hub;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where models are had from and where they are kept. The environment variables are those of Hugging Face's own tools
 * ({@code huggingface_hub}, constants.py), so that they and this library use one cache.
 *
 * @param endpoint the hub, or a mirror of it
 * @param cache what {@code HF_HUB_CACHE} names
 * @param webCache for files that are named by an address
 * @param token sent to the hub, or null
 * @param offline whether nothing may be asked of any server
 * @param environment variables, for those that name proxies
 * @param stall how long a server may send nothing
 * @param pause before the first repetition of a request that failed; doubled with each one
 */
public record HubSettings(
        URI endpoint,
        Path cache,
        Path webCache,
        @Nullable String token,
        boolean offline,
        Map<String, String> environment,
        Duration stall,
        Duration pause) {
    private static final List<String> TRUE = List.of("1", "on", "yes", "true");

    /** @throws IllegalArgumentException if the endpoint is no address or the token holds what no token does */
    public HubSettings {
        endpoint = checked(endpoint);
        token = token == null ? null : checked(token);
    }

    /** What the variables say. */
    public static HubSettings of(Map<String, String> environment) {
        Path home = Path.of(System.getProperty("user.home"));
        Path caches = path(environment, "XDG_CACHE_HOME", home.resolve(".cache"), home);
        Path hubHome = path(environment, "HF_HOME", caches.resolve("huggingface"), home);
        Path cache = path(
                environment,
                "HF_HUB_CACHE",
                path(environment, "HUGGINGFACE_HUB_CACHE", hubHome.resolve("hub"), home),
                home);
        Path tokenFile = path(environment, "HF_TOKEN_PATH", hubHome.resolve("token"), home);
        return new HubSettings(
                endpoint(environment),
                cache,
                caches.resolve("demitasse").resolve("downloads"),
                token(environment, tokenFile),
                isSet(environment, "HF_HUB_OFFLINE") || isSet(environment, "TRANSFORMERS_OFFLINE"),
                Map.copyOf(environment),
                Duration.ofSeconds(30),
                Duration.ofSeconds(1));
    }

    /** The same with another endpoint. */
    public HubSettings withEndpoint(URI other) {
        return new HubSettings(other, cache, webCache, token, offline, environment, stall, pause);
    }

    /** The same with another cache. */
    public HubSettings withCache(Path other) {
        return new HubSettings(endpoint, other, webCache, token, offline, environment, stall, pause);
    }

    /** The same with another token, or none. */
    public HubSettings withToken(@Nullable String other) {
        return new HubSettings(endpoint, cache, webCache, other, offline, environment, stall, pause);
    }

    /** The same, using the network or not. */
    public HubSettings withOffline(boolean other) {
        return new HubSettings(endpoint, cache, webCache, token, other, environment, stall, pause);
    }

    /** The token stays out of logs. */
    @Override
    public String toString() {
        return "HubSettings[endpoint=" + endpoint + ", cache=" + cache + ", offline=" + offline + "]";
    }

    private static URI endpoint(Map<String, String> environment) {
        String value = environment.getOrDefault("HF_ENDPOINT", "").strip();
        return URI.create(value.isEmpty() ? "https://huggingface.co" : value);
    }

    private static URI checked(URI endpoint) {
        boolean http = endpoint.getScheme() != null && endpoint.getScheme().matches("(?i)https?");
        if (!http || endpoint.getHost() == null) {
            throw new IllegalArgumentException("the endpoint (HF_ENDPOINT) is " + endpoint
                    + "; expected an address such as https://huggingface.co");
        }
        return URI.create(endpoint.toString().replaceFirst("/+$", ""));
    }

    /** Whatever is wrong with a token, messages do not hold it. */
    private static String checked(String token) {
        String stripped = token.strip();
        if (!stripped.matches("[!-~]+")) {
            throw new IllegalArgumentException("the token (HF_TOKEN, or the file of hf auth login) is empty or holds a"
                    + " character that no token has; expected letters, digits and signs of ASCII without spaces");
        }
        return stripped;
    }

    private static @Nullable String token(Map<String, String> environment, Path file) {
        for (String variable : List.of("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")) {
            String value = environment.getOrDefault(variable, "").strip();
            if (!value.isEmpty()) {
                return value;
            }
        }
        if (isSet(environment, "HF_HUB_DISABLE_IMPLICIT_TOKEN") || !Files.isReadable(file)) {
            return null;
        }
        try {
            String value = Files.readString(file).strip();
            return value.isEmpty() ? null : value;
        } catch (IOException _) {
            return null; // most models need none
        }
    }

    private static Path path(Map<String, String> environment, String variable, Path otherwise, Path home) {
        String value = environment.getOrDefault(variable, "");
        if (value.isBlank()) {
            return otherwise;
        }
        return value.startsWith("~/") ? home.resolve(value.substring(2)) : Path.of(value);
    }

    private static boolean isSet(Map<String, String> environment, String variable) {
        return TRUE.contains(environment.getOrDefault(variable, "").toLowerCase(Locale.ROOT));
    }
}
