package dev.demitasse.chat;

import dev.demitasse.hub.Hub;
import dev.demitasse.hub.Hub.Freshness;
import dev.demitasse.hub.HubSettings;
import dev.demitasse.hub.ModelName;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Gets models by name, from the Hugging Face hub, a mirror of it or any web server, and keeps them.
 *
 * {@snippet :
 * Path file = ModelHub.fromEnvironment().fetch("hf:Qwen/Qwen2.5-0.5B-Instruct-GGUF/qwen2.5-0.5b-instruct-q8_0.gguf");
 * }
 *
 * <p>Names:
 *
 * <ul>
 *   <li>{@code hf:owner/repository/file.gguf}: a file; {@code hf:owner/repository}: the model of a repository that holds one,
 *       a GGUF file or a folder with safetensors; {@code hf:owner/repository@revision...}: of a branch, tag or commit
 *   <li>{@code https://host/file.gguf}, with {@code #sha256=...} behind it if its hash is known
 *   <li>a short name, of which there is one: {@code qwen2.5-0.5b}
 *   <li>{@code file:} addresses and paths, which stay what they are
 * </ul>
 *
 * <p>Downloads go on where they were cut, and a file gets its name only when its hash is right: SHA-256 or, for small
 * files, that of Git. Files from other web servers without a hash must be whole GGUF files. Several processes may ask for
 * the same model: one loads it, the others wait.
 *
 * <p>The cache is the one that Hugging Face's tools use, and so are the environment variables: {@code HF_HOME}, {@code
 * HF_HUB_CACHE}, {@code HF_ENDPOINT}, {@code HF_TOKEN}, {@code HF_HUB_OFFLINE}. Proxies are those of {@code https_proxy}
 * and {@code no_proxy}, else the JVM's. A token is sent to the endpoint and nowhere else.
 *
 * <p>Thread-safe. An interrupted download throws {@link DownloadException} and leaves the thread interrupted.
 */
public final class ModelHub {
    private final Hub hub;

    private ModelHub(Hub hub) {
        this.hub = hub;
    }

    /** A hub with the settings of the environment variables. */
    public static ModelHub fromEnvironment() {
        return builder().build();
    }

    /** Settings that begin as the environment variables say. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The path of a model. No server is asked if it is here; else it is downloaded, which can take minutes.
     *
     * @throws IllegalArgumentException if the name is malformed
     * @throws DownloadException if the model cannot be had
     */
    public Path fetch(String model) {
        return fetch(model, Freshness.CACHED);
    }

    /**
     * The path of a model after asking the server whether there is a newer one than what is here.
     *
     * @throws IllegalArgumentException if the name is malformed
     * @throws DownloadException if the model cannot be had
     */
    public Path pull(String model) {
        return fetch(model, Freshness.NEWEST);
    }

    private Path fetch(String model, Freshness freshness) {
        ModelName name = ModelName.parse(model);
        return typed(() -> hub.fetch(name, freshness));
    }

    /**
     * The models in the cache.
     *
     * @throws DownloadException if the cache cannot be read
     */
    public List<CachedModel> list() {
        return typed(() -> hub.models().stream().map(CachedModel::new).toList());
    }

    /**
     * Removes a model from the cache: a file, or all of a revision of a repository. What other revisions share stays. Waits
     * for downloads of the same repository.
     *
     * @return the bytes that were freed
     * @throws IllegalArgumentException if the name is malformed
     * @throws DownloadException if it is not there
     */
    public long remove(String model) {
        ModelName name = ModelName.parse(model);
        return typed(() -> hub.remove(name));
    }

    /** Whether a text is the name of a model rather than a path: {@code hf:}, an address, or a short name. */
    public static boolean isName(String text) {
        return ModelName.isRemote(text);
    }

    @FunctionalInterface
    private interface Action<T> {
        T run() throws IOException, InterruptedException;
    }

    private static <T> T typed(Action<T> action) {
        try {
            return action.run();
        } catch (InterruptedException | ClosedByInterruptException e) {
            Thread.currentThread().interrupt();
            throw new DownloadException("the download was interrupted; what has come is kept", e);
        } catch (IOException e) {
            throw new DownloadException(Objects.requireNonNullElse(e.getMessage(), e.toString()), e);
        }
    }

    /** Settings of a {@link ModelHub}. Not thread-safe. */
    public static final class Builder {
        private HubSettings settings = HubSettings.of(System.getenv());
        private Consumer<DownloadProgress> listener = _ -> {};

        private Builder() {}

        /** The hub, or a mirror of it. Default: {@code HF_ENDPOINT}, else {@code https://huggingface.co}. */
        public Builder endpoint(URI endpoint) {
            settings = settings.withEndpoint(endpoint);
            return this;
        }

        /**
         * The folder that models are kept in. Default: {@code HF_HUB_CACHE}, else {@code HF_HOME/hub}, else {@code
         * ~/.cache/huggingface/hub}.
         */
        public Builder cache(Path folder) {
            settings = settings.withCache(folder);
            return this;
        }

        /** Sent to the endpoint. Default: {@code HF_TOKEN}, else what {@code hf auth login} has left. */
        public Builder token(String token) {
            settings = settings.withToken(Objects.requireNonNull(token, "token"));
            return this;
        }

        /** Whether no server may be asked for anything. Default: {@code HF_HUB_OFFLINE}. */
        public Builder offline(boolean offline) {
            settings = settings.withOffline(offline);
            return this;
        }

        /** Told how downloads go on, many times a second, on the thread that waits for them. */
        public Builder onProgress(Consumer<DownloadProgress> listener) {
            this.listener = Objects.requireNonNull(listener, "listener");
            return this;
        }

        /** The hub. */
        public ModelHub build() {
            Consumer<DownloadProgress> told = listener;
            return new ModelHub(new Hub(settings, progress -> told.accept(new DownloadProgress(progress))));
        }
    }
}
