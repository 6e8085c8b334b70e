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

    /** Removes a model from the cache, and returns the bytes that were freed. Waits for downloads that go on. */
    public long remove(ModelName name) throws IOException, InterruptedException {
        long freed = switch (name) {
            case ModelName.Local local ->
                throw new HubException(local + " is a file of yours and not in the cache; delete it yourself");
            case ModelName.Repository repository -> cache.remove(repository);
            case ModelName.Web web -> remove(web);
        };
        if (freed < 0) {
            throw new HubException(name + " is not in " + cache.root() + ". What is there: " + names());
        }
        return freed;
    }

    private long remove(ModelName.Web web) throws IOException, InterruptedException {
        Path folder = webCache.folder(web);
        if (!Files.isDirectory(folder)) {
            return -1;
        }
        try (FileGuard _ = FileGuard.acquire(webCache.lock(web))) {
            return Files.isDirectory(folder) ? Folders.delete(folder) : -1;
        }
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
                return downloadFile(client, repository, repository.file(), info);
            }
            if (info.files().isEmpty()) {
                throw new HubException(repository + ": " + settings.endpoint() + " does not list the files of this"
                        + " repository. Name one: " + repository + "/file.gguf");
            }
            List<String> folder = ModelFolder.filesOf(info.files());
            return folder.isEmpty()
                    ? downloadFile(client, repository, onlyGguf(repository, info), info)
                    : downloadFolder(client, repository, folder, info);
        }
    }

    private Path downloadFile(HubClient client, ModelName.Repository repository, String file, RepositoryInfo info)
            throws IOException, InterruptedException {
        Found found = find(client, repository, repository.revision(), file);
        Path path = bring(client, repository, file, found, info.licence());
        cache.remember(repository, found.commit());
        return path;
    }

    /** Files of one commit, even if the revision moves on meanwhile; it stands for them when the last one is here. */
    private Path downloadFolder(
            HubClient client, ModelName.Repository repository, List<String> files, RepositoryInfo info)
            throws IOException, InterruptedException {
        String commit = info.commit();
        Path path = settings.cache();
        for (String file : files) {
            Found found = find(client, repository, commit == null ? repository.revision() : commit, file);
            if (commit != null && !commit.equals(found.commit())) {
                throw new HubException(repository + ": asked for " + file + " of commit " + commit + ", found that of "
                        + found.commit() + ". Try again later, or a mirror with HF_ENDPOINT");
            }
            commit = found.commit();
            path = bring(client, repository, file, found, info.licence());
        }
        cache.remember(repository, Objects.requireNonNull(commit));
        return path.resolveSibling("");
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

    /** What the hub says of a repository, which is nothing where it has no API. A named file can be had without. */
    private RepositoryInfo info(HubClient client, ModelName.Repository repository)
            throws IOException, InterruptedException {
        URI uri = at("/api/models/" + repository.id() + "/revision/" + repository.revision());
        return new Patience(settings.pause()).run(() -> {
            HttpResponse<InputStream> response = client.get(uri);
            try (InputStream body = response.body();
                    StallGuard _ = new StallGuard(body, settings.stall().multipliedBy(2))) {
                int status = response.statusCode();
                if (repository.file() == null && (status == 401 || status == 403)) {
                    throw Refusals.of(response, repository.toString(), settings);
                }
                return status == 200 ? RepositoryInfo.read(body) : RepositoryInfo.UNKNOWN;
            } catch (HubException e) {
                if (repository.file() == null) {
                    throw e;
                }
                return RepositoryInfo.UNKNOWN;
            }
        });
    }

    /** What a hub says of a file. */
    private record Found(String commit, Content content) {}

    private Found find(HubClient client, ModelName.Repository repository, String revision, String file)
            throws IOException, InterruptedException {
        if (!ModelName.Repositories.isFile(file)) {
            throw new HubException(
                    repository + ": the hub names a file \"" + file + "\", which leads out of its folder");
        }
        URI source = at("/" + repository.id() + "/resolve/" + revision + "/" + encoded(file));
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
        return new Found(commit, content);
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

    /** The path of a file, after its download if it is not here. */
    private Path bring(
            HubClient client, ModelName.Repository repository, String file, Found found, @Nullable String licence)
            throws IOException, InterruptedException {
        Path link = cache.snapshot(repository, found.commit()).resolve(file);
        if (Files.isRegularFile(link)) {
            return link;
        }
        Content content = found.content();
        String hash = Objects.requireNonNull(content.checksum()).hex();
        try (FileGuard _ = FileGuard.acquire(cache.lock(repository, hash))) {
            if (Files.isRegularFile(link)) {
                return link; // brought by somebody else meanwhile
            }
            Path blob = cache.blob(repository, hash);
            if (!Files.exists(blob)) {
                new Download(
                                client,
                                settings,
                                content,
                                done -> progress.accept(new Progress(
                                        repository.withFile(null).toString(), file, licence, done, content.size())))
                        .run(cache.part(repository, hash), blob);
            }
            return cache.link(repository, found.commit(), file, blob);
        }
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
                                    web.uri().toString(),
                                    String.valueOf(file.getFileName()),
                                    null,
                                    done,
                                    content.size())))
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
