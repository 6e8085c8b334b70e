package dev.demitasse.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Models by name: from the cache, or from a hub or web server into the cache. Thread-safe. */
public final class Hub {
    private final HubSettings settings;
    private final Consumer<Progress> progress;
    private final HubCache cache;
    private final WebCache webCache;

    /** @param progress told on the calling thread how downloads go on */
    public Hub(HubSettings settings, Consumer<Progress> progress) {
        this.settings = settings;
        this.progress = progress;
        this.cache = new HubCache(settings.cache());
        this.webCache = new WebCache(settings.webCache());
    }

    /** Whether what is here may be taken as it is. */
    public enum Freshness {
        /** What is here is good enough; no server is asked. */
        CACHED,
        /** The server is asked whether there is something newer. */
        NEWEST
    }

    /** The path of a model, after its download if it is not here. */
    public Path fetch(ModelName name, Freshness freshness) throws IOException, InterruptedException {
        return switch (name) {
            case ModelName.Local local -> local.path();
            case ModelName.Repository repository -> {
                Path cached = cached(repository);
                yield cached != null && (freshness == Freshness.CACHED || settings.offline())
                        ? cached
                        : download(repository);
            }
            case ModelName.Web web -> {
                Path file = webCache.file(web);
                boolean enough = freshness == Freshness.CACHED || settings.offline() || web.sha256() != null;
                yield Files.isRegularFile(file) && enough ? file : download(web);
            }
        };
    }

    /** The models that are here. */
    public List<StoredModel> models() throws IOException {
        List<StoredModel> models = new ArrayList<>(cache.models());
        models.addAll(webCache.models());
        return models;
    }

    /** Removes a model from the cache, and returns the bytes that were freed. */
    public long remove(ModelName name) throws IOException {
        long freed = switch (name) {
            case ModelName.Local local ->
                throw new HubException(local + " is a file of yours and not in the cache; delete it yourself");
            case ModelName.Repository repository -> cache.remove(repository);
            case ModelName.Web web -> {
                Path folder = webCache.folder(web);
                yield Files.isDirectory(folder) ? Folders.delete(folder) : -1;
            }
        };
        if (freed < 0) {
            throw new HubException(name + " is not in " + cache.root() + ". What is there: " + names());
        }
        return freed;
    }

    private String names() throws IOException {
        List<StoredModel> models = models();
        return models.isEmpty()
                ? "nothing"
                : models.stream().map(StoredModel::name).collect(Collectors.joining(", "));
    }

    private @Nullable Path cached(ModelName.Repository repository) throws IOException {
        Path snapshot = cache.snapshot(repository);
        if (snapshot == null) {
            return null;
        }
        if (repository.file() != null) {
            Path file = snapshot.resolve(repository.file());
            return Files.isRegularFile(file) ? file : null;
        }
        if (ModelFolder.isComplete(snapshot)) {
            return snapshot;
        }
        List<StoredModel> models = StoredModel.in(snapshot, repository);
        return models.size() == 1 ? models.getFirst().path() : null;
    }

    private Path download(ModelName.Repository repository) throws IOException, InterruptedException {
        requireOnline(repository);
        try (HubClient client = new HubClient(settings)) {
            RepositoryInfo info = info(client, repository);
            if (repository.file() != null) {
                return download(client, repository, repository.file(), info);
            }
            if (info.files().isEmpty()) {
                throw new HubException(repository + ": " + settings.endpoint() + " does not list the files of this"
                        + " repository. Name one: " + repository + "/file.gguf");
            }
            List<String> folder = ModelFolder.filesOf(info.files());
            if (folder.isEmpty()) {
                return download(client, repository, onlyGguf(repository, info), info);
            }
            Path file = settings.cache();
            for (String name : folder) {
                file = download(client, repository, name, info);
            }
            return file.resolveSibling("");
        }
    }

    private void requireOnline(ModelName name) throws IOException {
        if (settings.offline()) {
            throw new HubException(name + " is not in " + cache.root() + ", and HF_HUB_OFFLINE forbids to load it."
                    + " What is there: " + names());
        }
    }

    private static String onlyGguf(ModelName.Repository repository, RepositoryInfo info) throws HubException {
        List<String> files =
                info.files().stream().filter(file -> file.endsWith(".gguf")).toList();
        if (files.isEmpty()) {
            throw new HubException(repository + ": found no GGUF file and no model in safetensors with config.json and"
                    + " tokenizer.json; expected one of them");
        }
        if (files.size() > 1) {
            throw new HubException(repository + " holds several models; name one of them: "
                    + files.stream()
                            .map(file -> repository.withFile(file).toString())
                            .collect(Collectors.joining(", ")));
        }
        return files.getFirst();
    }

    /** What the hub says of a repository, which is nothing where it has no API. */
    private RepositoryInfo info(HubClient client, ModelName.Repository repository)
            throws IOException, InterruptedException {
        URI uri = at("/api/models/" + repository.id() + "/revision/" + repository.revision());
        return new Patience(settings.pause()).run(() -> {
            HttpResponse<InputStream> response = client.get(uri);
            try (InputStream body = response.body();
                    StallGuard _ = new StallGuard(body, settings.stall().multipliedBy(2))) {
                return response.statusCode() == 200 ? RepositoryInfo.read(body) : RepositoryInfo.UNKNOWN;
            }
        });
    }

    private Path download(HubClient client, ModelName.Repository repository, String file, RepositoryInfo info)
            throws IOException, InterruptedException {
        if (!ModelName.Repositories.isFile(file)) {
            throw new HubException(
                    repository + ": the hub names a file \"" + file + "\", which leads out of its folder");
        }
        URI source = at("/" + repository.id() + "/resolve/" + repository.revision() + "/" + encoded(file));
        HttpResponse<?> head = new Patience(settings.pause()).run(() -> client.head(source));
        int status = head.statusCode();
        if (status >= 400) {
            throw Refusals.of(head, repository.withFile(file).toString(), settings);
        }
        String commit = head.headers().firstValue("X-Repo-Commit").orElse("");
        Content content = content(source, head);
        if (!HubCache.isCommit(commit) || content.checksum() == null || content.size() < 0) {
            throw new HubException(source + ": found an answer without commit, hash and size of the file; expected"
                    + " those of a Hugging Face hub. Is HF_ENDPOINT right? Any other server's file can be named by its"
                    + " address, https://...");
        }
        Path link = cache.snapshot(repository, commit).resolve(file);
        if (!Files.isRegularFile(link)) {
            link = cache.link(repository, commit, file, obtain(client, repository, file, content, info.licence()));
        }
        cache.remember(repository, commit);
        return link;
    }

    private static Content content(URI source, HttpResponse<?> head) {
        var headers = head.headers();
        String tag = headers.firstValue(HubClient.LINKED_TAG)
                .or(() -> headers.firstValue("ETag"))
                .orElse("none");
        String size = headers.firstValue("X-Linked-Size")
                .or(() -> headers.firstValue("Content-Length"))
                .orElse("");
        return new Content(source, size.matches("\\d{1,18}") ? Long.parseLong(size) : -1, Checksum.ofTag(tag), null);
    }

    private Path obtain(
            HubClient client, ModelName.Repository repository, String file, Content content, @Nullable String licence)
            throws IOException, InterruptedException {
        String hash = Objects.requireNonNull(content.checksum()).hex();
        Path blob = cache.blob(repository, hash);
        if (Files.exists(blob)) {
            return blob;
        }
        try (FileGuard _ = FileGuard.acquire(cache.lock(repository, hash))) {
            if (!Files.exists(blob)) {
                new Download(
                                client,
                                settings,
                                content,
                                done -> progress.accept(new Progress(
                                        repository.withFile(null).toString(), file, licence, done, content.size())))
                        .run(cache.part(repository, hash), blob);
            }
        }
        return blob;
    }

    private Path download(ModelName.Web web) throws IOException, InterruptedException {
        requireOnline(web);
        try (HubClient client = new HubClient(settings);
                FileGuard _ = FileGuard.acquire(webCache.lock(web))) {
            Content content = new Patience(settings.pause()).run(() -> probe(client, web));
            Path file = webCache.file(web);
            if (webCache.holds(web, content)) {
                return file;
            }
            new Download(
                            client,
                            settings,
                            content,
                            done -> progress.accept(new Progress(
                                    web.toString(), String.valueOf(file.getFileName()), null, done, content.size())))
                    .run(webCache.part(web, content), file);
            webCache.remember(web, content);
            return file;
        }
    }

    /** Size and version of a file, from a request for its first byte: not every server that gives it answers HEAD. */
    private Content probe(HubClient client, ModelName.Web web) throws IOException, InterruptedException {
        HttpResponse<InputStream> response = client.get(web.uri(), "Range", "bytes=0-0");
        response.body().close();
        var headers = response.headers();
        String size = switch (response.statusCode()) {
            case 200 -> headers.firstValue("Content-Length").orElse("");
            case 206 -> headers.firstValue("Content-Range").orElse("").replaceFirst("^.*/", "");
            default -> throw Refusals.of(response, web.toString(), settings);
        };
        if (!size.matches("\\d{1,18}")) {
            throw new HubException(
                    web + ": the server does not say how long the file is; expected that it does. Load it"
                            + " with another program");
        }
        Checksum checksum = web.sha256() == null ? null : new Checksum(Checksum.Kind.SHA256, web.sha256());
        String version = headers.firstValue("ETag").orElse("");
        return new Content(web.uri(), Long.parseLong(size), checksum, version);
    }

    private URI at(String path) {
        return URI.create(settings.endpoint() + path);
    }

    private static String encoded(String file) {
        return Arrays.stream(file.split("/", -1))
                .map(part -> URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20"))
                .collect(Collectors.joining("/"));
    }
}
