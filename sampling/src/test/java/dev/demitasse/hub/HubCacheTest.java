package dev.demitasse.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.demitasse.hub.Hub.Freshness;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is kept, under which name, and what is removed. */
@Timeout(60)
class HubCacheTest {
    private static final String REPOSITORY = "owner/model";
    private static final String NAME = "hf:" + REPOSITORY + "/a.gguf";
    private static final String OTHER = "e".repeat(40);
    private static final byte[] BYTES = "some content".getBytes(StandardCharsets.UTF_8);

    @TempDir
    private Path folder;

    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        server = new TestServer();
        server.repository(REPOSITORY, "mit", "a.gguf");
        server.smallFile(REPOSITORY, "a.gguf", BYTES);
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    private Hub hub() {
        HubSettings settings = HubSettings.of(Map.of(
                "HF_HUB_CACHE", folder.resolve("hub").toString(),
                "HF_HOME", folder.toString(),
                "XDG_CACHE_HOME", folder.resolve("caches").toString(),
                "HF_ENDPOINT", server.uri().toString()));
        return new Hub(
                new HubSettings(
                        settings.endpoint(),
                        settings.cache(),
                        settings.webCache(),
                        settings.token(),
                        settings.offline(),
                        settings.environment(),
                        settings.stall(),
                        Duration.ofMillis(5)),
                _ -> {});
    }

    private Path fetch(String name) throws IOException, InterruptedException {
        return hub().fetch(ModelName.parse(name), Freshness.CACHED);
    }

    private long remove(String name) throws IOException, InterruptedException {
        return hub().remove(ModelName.parse(name));
    }

    private HubCache cache() {
        return new HubCache(folder.resolve("hub"));
    }

    private static ModelName.Repository repository(String name) {
        return (ModelName.Repository) ModelName.parse(name);
    }

    private Path blob() {
        return folder.resolve("hub/models--owner--model/blobs").resolve(TestServer.gitBlob(BYTES));
    }

    private List<String> names() throws IOException {
        return hub().models().stream().map(StoredModel::name).toList();
    }

    @Test
    void removingARevisionThatIsNotHereLeavesTheOthers() throws Exception {
        fetch(NAME);
        assertThatThrownBy(() -> remove("hf:" + REPOSITORY + "@mian"))
                .isInstanceOf(HubException.class)
                .hasMessageContaining(NAME);
        assertThat(names()).containsExactly(NAME);
    }

    @Test
    void removingTwiceLeavesTheOtherRevisions() throws Exception {
        Path path = fetch(NAME);
        String other = "hf:" + REPOSITORY + "@" + OTHER + "/a.gguf";
        cache().link(repository(other), OTHER, "a.gguf", blob());
        assertThat(remove("hf:" + REPOSITORY)).isZero();
        assertThat(path).doesNotExist();
        assertThatThrownBy(() -> remove("hf:" + REPOSITORY)).isInstanceOf(HubException.class);
        assertThat(names()).containsExactly(other);
        assertThat(fetch(other)).hasBinaryContent(BYTES);
    }

    @Test
    void whatWasNeverCompletedIsRemovedAsAWhole() throws Exception {
        Files.createDirectories(blob().getParent());
        Files.write(cache().part(repository(NAME), TestServer.gitBlob(BYTES)), new byte[7]);
        assertThat(remove("hf:" + REPOSITORY)).isEqualTo(7);
        assertThat(folder.resolve("hub/models--owner--model")).doesNotExist();
    }

    @Test
    void whatALinkLeadsToElsewhereIsNotRemoved() throws Exception {
        Path precious = Files.write(folder.resolve("precious.gguf"), new byte[10]);
        Files.createSymbolicLink(fetch(NAME).resolveSibling("mine.gguf"), precious);
        assertThat(remove("hf:" + REPOSITORY + "/mine.gguf")).isZero();
        assertThat(precious).hasSize(10);
        assertThat(names()).containsExactly(NAME);
    }

    @Test
    void removingWaitsForADownload() throws Exception {
        Path path = fetch(NAME);
        CompletableFuture<Long> freed = new CompletableFuture<>();
        try (FileGuard _ = FileGuard.acquire(cache().lock(repository(NAME), TestServer.gitBlob(BYTES)))) {
            Thread.ofVirtual().start(() -> {
                try {
                    freed.complete(remove(NAME));
                } catch (IOException | InterruptedException e) {
                    freed.completeExceptionally(e);
                }
            });
            assertThatThrownBy(() -> freed.get(300, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
            assertThat(path).exists();
        }
        assertThat(freed.get()).isGreaterThanOrEqualTo(BYTES.length);
        assertThat(path).doesNotExist();
    }

    @Test
    void manyWhoBringTheSameFileKeepItsContent() throws Exception {
        for (int round = 0; round < 3; round++) {
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                Callable<Path> fetching = () -> fetch(NAME);
                for (Future<Path> path : threads.invokeAll(java.util.Collections.nCopies(16, fetching))) {
                    assertThat(path.get()).isSymbolicLink().hasBinaryContent(BYTES);
                }
            }
            assertThat(blob()).hasBinaryContent(BYTES);
            remove(NAME);
        }
    }

    @Test
    void aCacheBehindALinkIsSeen() throws Exception {
        Path path = fetch(NAME);
        Path elsewhere = folder.resolve("elsewhere");
        Files.move(folder.resolve("hub"), elsewhere);
        Files.createSymbolicLink(folder.resolve("hub"), elsewhere);
        assertThat(names()).containsExactly(NAME);
        remove(NAME);
        assertThat(path).doesNotExist();
        assertThat(elsewhere.resolve("models--owner--model")).doesNotExist();
    }

    @Test
    void whoMayReadTheCacheMayReadWhatARevisionStandsFor() throws Exception {
        Path path = fetch(NAME);
        Path ref = folder.resolve("hub/models--owner--model/refs/main");
        assertThat(Files.getPosixFilePermissions(ref)).isEqualTo(Files.getPosixFilePermissions(path));
    }

    @Test
    void theHashOfAnAddressIsPartOfItsName() throws Exception {
        byte[] gguf = SmallGguf.bytes();
        server.on("/m.gguf", TestServer.honest(gguf));
        String address = server.uri() + "/m.gguf";
        String pinned = address + "#sha256=" + TestServer.sha256(gguf);
        fetch(address);
        assertThatThrownBy(() -> fetch(address + "#sha256=" + "0".repeat(64)))
                .isInstanceOf(HubException.class)
                .hasMessageContaining(TestServer.sha256(gguf));
        assertThat(fetch(pinned)).hasBinaryContent(gguf);
        assertThatThrownBy(() -> fetch(address + "#sha256=" + "1".repeat(64))).isInstanceOf(HubException.class);
        assertThat(names()).containsExactlyInAnyOrder(address, pinned);
        remove(pinned);
        assertThat(names()).containsExactly(address);
    }

    @Test
    void theFilesOfAFolderAreOfOneCommit() throws Exception {
        List<String> files = List.of("config.json", "tokenizer.json", "model.safetensors");
        server.repository("o/st", "mit", files.toArray(String[]::new));
        for (String file : files) {
            server.smallFile("o/st", file, file.getBytes(StandardCharsets.UTF_8));
        }
        // The branch has moved on since the hub told what it stands for.
        byte[] newer = "newer".getBytes(StandardCharsets.UTF_8);
        server.on(
                "/o/st/resolve/main/model.safetensors",
                (_, reply) -> reply.head(
                                200, "X-Repo-Commit", OTHER, "ETag", TestServer.gitBlob(newer), "Content-Length", "5")
                        .body(newer, 0, 5));
        Path path = fetch("hf:o/st");
        assertThat(path).hasFileName(TestServer.COMMIT);
        assertThat(path.resolve("model.safetensors")).hasContent("model.safetensors");
        assertThat(ModelFolder.isComplete(path)).isTrue();
    }

    @Test
    void aRevisionStandsForAFolderWhenItIsWhole() throws Exception {
        List<String> files = List.of("config.json", "tokenizer.json", "model.safetensors");
        server.repository("o/st", "mit", files.toArray(String[]::new));
        for (String file : files.subList(0, 2)) {
            server.smallFile("o/st", file, file.getBytes(StandardCharsets.UTF_8));
        }
        assertThatThrownBy(() -> fetch("hf:o/st")).isInstanceOf(HubException.class);
        assertThat(folder.resolve("hub/models--o--st/refs/main")).doesNotExist();
        server.smallFile("o/st", files.get(2), BYTES);
        assertThat(ModelFolder.isComplete(fetch("hf:o/st"))).isTrue();
        assertThat(folder.resolve("hub/models--o--st/refs/main")).hasContent(TestServer.COMMIT);
    }

    @Test
    void anIndexWithoutWeightsIsNoModel() throws Exception {
        for (String file : List.of("config.json", "tokenizer.json", "model.safetensors.index.json")) {
            Files.writeString(folder.resolve(file), "{}");
        }
        assertThat(ModelFolder.isComplete(folder)).isFalse();
    }

    @Test
    void versionsAreNotMixedWhereTheServerDoesNotNameThem() throws Exception {
        byte[] newer = SmallGguf.bytes();
        byte[] older = newer.clone();
        older[older.length / 4] ^= 1;
        AtomicInteger asked = new AtomicInteger();
        server.on("/m.gguf", (request, reply) -> {
            boolean probe = request.header("range").equals("bytes=0-0");
            byte[] bytes = probe || asked.incrementAndGet() <= 2 ? older : newer;
            int from = request.from();
            int to = !probe && asked.get() <= 2 ? bytes.length / 2 : bytes.length;
            reply.head(206, "Content-Range", "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length)
                    .body(bytes, from, Math.max(from, to));
        });
        assertThat(fetch(server.uri() + "/m.gguf")).hasBinaryContent(newer);
        assertThat(server.gets("/m.gguf")).extracting(TestServer.Request::from).containsExactly(0, 0, 0, 0);
    }
}
