package dev.demitasse.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.demitasse.hub.Hub.Freshness;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Downloads from a server that does everything a server or a network can do wrong. */
@Timeout(120)
class HubTest {
    private static final String REPOSITORY = "owner/model-GGUF";
    private static final String FILE = "model-q8_0.gguf";
    private static final String NAME = "hf:" + REPOSITORY + "/" + FILE;
    private static final byte[] BYTES = randomBytes(3_000_000);
    private static final String CDN = "/cdn/" + FILE;

    private static final int ON_THE_WAY = 1 << 16;

    @TempDir
    private Path folder;

    // Longer than any pause of a busy machine, but in tests of stalls.
    private Duration stall = Duration.ofSeconds(30);
    private TestServer server;
    private final List<Progress> progress = new ArrayList<>();

    @BeforeEach
    void start() throws IOException {
        server = new TestServer();
        server.repository(REPOSITORY, "apache-2.0", FILE, "README.md");
        server.largeFile(REPOSITORY, FILE, BYTES, TestServer.honest(BYTES));
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    private static byte[] randomBytes(int count) {
        byte[] bytes = new byte[count];
        new Random(17).nextBytes(bytes);
        return bytes;
    }

    private HubSettings settings(String... variables) {
        Map<String, String> environment = new java.util.HashMap<>(Map.of(
                "HF_HOME", folder.toString(),
                "XDG_CACHE_HOME", folder.resolve("caches").toString(),
                "HF_ENDPOINT", server.uri().toString()));
        for (int i = 0; i < variables.length; i += 2) {
            environment.put(variables[i], variables[i + 1]);
        }
        HubSettings settings = HubSettings.of(environment);
        return new HubSettings(
                settings.endpoint(),
                settings.cache(),
                settings.webCache(),
                settings.token(),
                settings.offline(),
                settings.environment(),
                stall,
                Duration.ofMillis(5));
    }

    private Hub hub(String... variables) {
        return new Hub(settings(variables), progress::add);
    }

    private Path fetch(String name) throws Exception {
        return hub().fetch(ModelName.parse(name), Freshness.CACHED);
    }

    private Path repositoryFolder() {
        return folder.resolve("hub").resolve("models--owner--model-GGUF");
    }

    private Path blob() {
        return repositoryFolder().resolve("blobs").resolve(TestServer.sha256(BYTES));
    }

    private Path part() {
        return blob().resolveSibling(blob().getFileName() + ".demitasse.incomplete");
    }

    private void assertNoModel() throws IOException {
        assertThat(blob()).doesNotExist();
        assertThat(repositoryFolder().resolve("snapshots")).doesNotExist();
        assertThat(hub().models()).isEmpty();
    }

    @Test
    void aFileComesIntoTheCacheThatOtherToolsKnow() throws Exception {
        Path path = fetch(NAME);
        assertThat(path).isEqualTo(repositoryFolder().resolve("snapshots/" + TestServer.COMMIT + "/" + FILE));
        assertThat(path).hasBinaryContent(BYTES);
        assertThat(Files.readSymbolicLink(path)).isEqualTo(Path.of("..", "..", "blobs", TestServer.sha256(BYTES)));
        assertThat(repositoryFolder().resolve("refs/main")).hasContent(TestServer.COMMIT);
        assertThat(progress.getLast())
                .isEqualTo(new Progress("hf:" + REPOSITORY, FILE, "apache-2.0", 3_000_000, 3_000_000));
        assertThat(part()).doesNotExist();
    }

    @Test
    void whatIsHereIsNotAskedForAgain() throws Exception {
        Path path = fetch(NAME);
        int requests = server.requests.size();
        assertThat(fetch(NAME)).isEqualTo(path);
        assertThat(server.requests).hasSize(requests);
        hub().fetch(ModelName.parse(NAME), Freshness.NEWEST);
        assertThat(server.gets(CDN)).hasSize(1);
    }

    @Test
    void aNewerVersionComesWhenItIsAskedFor() throws Exception {
        fetch(NAME);
        byte[] newer = "newer".getBytes(StandardCharsets.UTF_8);
        String commit = "f".repeat(40);
        server.on(
                "/" + REPOSITORY + "/resolve/main/" + FILE,
                (_, reply) -> reply.head(
                                200, "X-Repo-Commit", commit, "ETag", TestServer.gitBlob(newer), "Content-Length", "5")
                        .body(newer, 0, 5));
        assertThat(fetch(NAME)).hasBinaryContent(BYTES);
        Path path = hub().fetch(ModelName.parse(NAME), Freshness.NEWEST);
        assertThat(path)
                .hasContent("newer")
                .hasParentRaw(repositoryFolder().resolve("snapshots").resolve(commit));
        assertThat(fetch(NAME)).isEqualTo(path);
        assertThat(hub().models())
                .extracting(StoredModel::name)
                .containsExactly("hf:" + REPOSITORY + "@" + TestServer.COMMIT + "/" + FILE, NAME);
    }

    @Test
    void aConnectionThatIsCutAgainAndAgainGoesOnWhereItWasCut() throws Exception {
        server.on(CDN, (request, reply) -> {
            int from = request.from();
            int to = Math.min(from + 700_000, BYTES.length);
            reply.head(
                            from == 0 ? 200 : 206,
                            "Content-Length",
                            String.valueOf(BYTES.length - from),
                            "Content-Range",
                            "bytes " + from + "-" + (BYTES.length - 1) + "/" + BYTES.length)
                    .body(BYTES, from, to);
        });
        assertThat(fetch(NAME)).hasBinaryContent(BYTES);
        List<Integer> starts =
                server.gets(CDN).stream().map(TestServer.Request::from).toList();
        assertThat(starts).hasSize(5).startsWith(0);
        for (int i = 1; i < starts.size(); i++) {
            // What the client had not read yet when the connection broke is lost with it.
            assertThat(starts.get(i)).isBetween(starts.get(i - 1) + 700_000 - ON_THE_WAY, starts.get(i - 1) + 700_000);
        }
    }

    @Test
    void aPartOfAnEarlierRunIsNotFetchedTwice() throws Exception {
        stall = Duration.ofSeconds(1);
        server.on(CDN, (_, reply) -> {
            reply.head(200, "Content-Length", String.valueOf(BYTES.length)).body(BYTES, 0, 1_000_000);
            reply.stall();
        });
        assertThatThrownBy(() -> fetch(NAME)).isInstanceOf(HubException.class);
        assertNoModel();
        assertThat(part()).hasSize(1_000_000);
        server.on(CDN, TestServer.honest(BYTES));
        server.sent.set(0);
        assertThat(fetch(NAME)).hasBinaryContent(BYTES);
        assertThat(server.gets(CDN).getLast().header("range")).isEqualTo("bytes=1000000-");
        assertThat(server.sent.get()).isBetween(2_000_000L, 2_001_000L);
    }

    @Test
    void aServerThatStallsIsAskedAgainAndThenGivenUp() throws Exception {
        stall = Duration.ofSeconds(1);
        AtomicInteger asked = new AtomicInteger();
        server.on(CDN, (_, reply) -> {
            asked.incrementAndGet();
            reply.stall();
        });
        assertThatThrownBy(() -> fetch(NAME)).isInstanceOf(HubException.class).hasMessageContaining("4 times");
        assertThat(asked).hasValue(4);
        assertNoModel();
    }

    @Test
    void aServerThatStallsInTheMiddleOfItsAnswerIsLeft() throws Exception {
        stall = Duration.ofSeconds(1);
        AtomicInteger asked = new AtomicInteger();
        server.on(CDN, (request, reply) -> {
            if (asked.incrementAndGet() == 1) {
                reply.head(200, "Content-Length", String.valueOf(BYTES.length)).body(BYTES, 0, 1_234_567);
                reply.stall();
            }
            TestServer.honest(BYTES).write(request, reply);
        });
        assertThat(fetch(NAME)).hasBinaryContent(BYTES);
        assertThat(server.gets(CDN)).extracting(TestServer.Request::from).containsExactly(0, 1_234_567);
    }

    @Test
    void aResetConnectionGoesOn() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        server.on(CDN, (request, reply) -> {
            if (asked.incrementAndGet() <= 2) {
                reply.reset();
            }
            TestServer.honest(BYTES).write(request, reply);
        });
        assertThat(fetch(NAME)).hasBinaryContent(BYTES);
    }

    @Test
    void aBusyServerIsAskedAgainWhenItSays() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        server.on(CDN, (request, reply) -> {
            if (asked.incrementAndGet() == 1) {
                reply.head(429, "Retry-After", "1", "Content-Length", "0");
            } else {
                TestServer.honest(BYTES).write(request, reply);
            }
        });
        long start = System.nanoTime();
        assertThat(fetch(NAME)).hasBinaryContent(BYTES);
        assertThat(System.nanoTime() - start).isGreaterThan(900_000_000L);
    }

    @Test
    void wrongBytesNeverBecomeAModel() throws Exception {
        byte[] wrong = BYTES.clone();
        wrong[2_999_999] ^= 1;
        server.on(CDN, TestServer.honest(wrong));
        assertThatThrownBy(() -> fetch(NAME))
                .isInstanceOf(HubException.class)
                .hasMessageContaining(TestServer.sha256(BYTES))
                .hasMessageContaining(TestServer.sha256(wrong));
        assertNoModel();
        assertThat(part()).isEmptyFile();
        server.on(CDN, TestServer.honest(BYTES));
        assertThat(fetch(NAME)).hasBinaryContent(BYTES);
    }

    @Test
    void aDamagedPartIsLoadedAfresh() throws Exception {
        byte[] damaged = java.util.Arrays.copyOf(BYTES, 1_000_000);
        damaged[17] ^= 1;
        Files.createDirectories(part().getParent());
        Files.write(part(), damaged);
        assertThat(fetch(NAME)).hasBinaryContent(BYTES);
        assertThat(server.gets(CDN)).extracting(TestServer.Request::from).containsExactly(1_000_000, 0);
    }

    @Test
    void aPartThatIsLongerThanTheFileIsLoadedAfresh() throws Exception {
        Files.createDirectories(part().getParent());
        Files.write(part(), new byte[BYTES.length + 1]);
        assertThat(fetch(NAME)).hasBinaryContent(BYTES);
    }

    @Test
    void aServerThatKnowsNoRangesLosesNothing() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        server.on(CDN, (_, reply) -> {
            int to = asked.incrementAndGet() == 1 ? 1_000_000 : BYTES.length;
            reply.head(200, "Content-Length", String.valueOf(BYTES.length)).body(BYTES, 0, to);
        });
        assertThat(fetch(NAME)).hasBinaryContent(BYTES);
        assertThat(asked).hasValue(2);
    }

    @Test
    void aRangeThatBeginsTooEarlyIsUsedAndOneThatBeginsTooLateIsRefused() throws Exception {
        Files.createDirectories(part().getParent());
        Files.write(part(), java.util.Arrays.copyOf(BYTES, 1_000_000));
        server.on(
                CDN,
                (_, reply) -> reply.head(206, "Content-Range", "bytes 2000000-2999999/3000000")
                        .body(BYTES, 2_000_000, BYTES.length));
        assertThatThrownBy(() -> fetch(NAME)).isInstanceOf(HubException.class).hasMessageContaining("bytes 2000000-");
        server.on(
                CDN,
                (_, reply) -> reply.head(206, "Content-Range", "bytes 500000-2999999/3000000")
                        .body(BYTES, 500_000, BYTES.length));
        assertThat(fetch(NAME)).hasBinaryContent(BYTES);
    }

    @Test
    void anAnswerThatIsLongerThanTheFileIsCutThere() throws Exception {
        byte[] longer = java.util.Arrays.copyOf(BYTES, BYTES.length + 5000);
        server.on(CDN, (_, reply) -> reply.head(200).body(longer, 0, longer.length));
        assertThat(fetch(NAME)).hasBinaryContent(BYTES);
    }

    @Test
    void anAnswerThatEndsEarlyAndCallsItselfCompleteIsNot() throws Exception {
        server.on(
                CDN, (_, reply) -> reply.head(200, "Content-Length", "2000000").body(BYTES, 0, 2_000_000));
        assertThatThrownBy(() -> fetch(NAME)).isInstanceOf(HubException.class).hasMessageContaining("broke off");
        assertNoModel();
    }

    @Test
    void aHubThatStatesTooLargeASizeIsCorrectedByTheHash() throws Exception {
        lyingAboutSize("3000500");
        server.on(CDN, (request, reply) -> {
            if (request.from() >= BYTES.length) {
                reply.head(416, "Content-Length", "0");
            } else {
                TestServer.honest(BYTES).write(request, reply);
            }
        });
        assertThat(fetch(NAME)).hasBinaryContent(BYTES);
    }

    @Test
    void aHubThatStatesTooSmallASizeGivesNoModel() throws Exception {
        lyingAboutSize("2999999");
        assertThatThrownBy(() -> fetch(NAME)).isInstanceOf(HubException.class).hasMessageContaining("hash");
        assertNoModel();
    }

    private void lyingAboutSize(String size) {
        server.on(
                "/" + REPOSITORY + "/resolve/main/" + FILE,
                (_, reply) -> reply.head(
                        302,
                        "Location",
                        CDN,
                        "X-Repo-Commit",
                        TestServer.COMMIT,
                        "X-Linked-Etag",
                        TestServer.sha256(BYTES),
                        "X-Linked-Size",
                        size));
    }

    @Test
    void theTokenGoesToTheHubAndNowhereElse() throws Exception {
        server.on(
                "/" + REPOSITORY + "/resolve/main/" + FILE,
                (_, reply) -> reply.head(
                        302,
                        "Location",
                        server.otherOrigin() + CDN,
                        "X-Repo-Commit",
                        TestServer.COMMIT,
                        "X-Linked-Etag",
                        TestServer.sha256(BYTES),
                        "X-Linked-Size",
                        "3000000"));
        hub("HF_TOKEN", "hf_secret").fetch(ModelName.parse(NAME), Freshness.CACHED);
        assertThat(server.gets(CDN))
                .singleElement()
                .satisfies(request -> assertThat(request.headers()).doesNotContainKey("authorization"));
        assertThat(server.requests.stream().filter(request -> !request.path().equals(CDN)))
                .hasSizeGreaterThanOrEqualTo(2)
                .allMatch(request -> request.header("authorization").equals("Bearer hf_secret"));
        assertThat(settings("HF_TOKEN", "hf_secret").toString()).doesNotContain("hf_secret");
    }

    @Test
    void addressesOfOtherServersGetNoToken() throws Exception {
        server.on("/else/model.gguf", TestServer.honest(SmallGguf.bytes()));
        hub("HF_TOKEN", "hf_secret")
                .fetch(ModelName.parse(server.otherOrigin() + "/else/model.gguf"), Freshness.CACHED);
        assertThat(server.requests)
                .isNotEmpty()
                .allMatch(request -> request.header("authorization").isEmpty());
    }

    @Test
    void redirectsWithoutEndAreGivenUp() {
        server.on(CDN, (_, reply) -> reply.head(302, "Location", CDN, "Content-Length", "0"));
        assertThatThrownBy(() -> fetch(NAME)).isInstanceOf(HubException.class).hasMessageContaining("redirects");
    }

    @Test
    void redirectsToSomethingElseThanTheWebAreRefused() {
        for (String target : List.of("file:///etc/passwd", "", "ftp://127.0.0.1/x", "http:", "::")) {
            server.on(CDN, (_, reply) -> reply.head(302, "Location", target, "Content-Length", "0"));
            assertThatThrownBy(() -> fetch(NAME))
                    .as(target)
                    .isInstanceOf(HubException.class)
                    .hasMessageContaining("redirect");
        }
    }

    @Test
    void aRepositoryThatWasRenamedIsFollowed() throws Exception {
        server.on(
                "/old/name/resolve/main/" + FILE,
                (_, reply) ->
                        reply.head(307, "Location", "/" + REPOSITORY + "/resolve/main/" + FILE, "Content-Length", "0"));
        assertThat(fetch("hf:old/name/" + FILE)).hasBinaryContent(BYTES);
    }

    @Test
    void refusalsSayWhatToDo() {
        Map<Integer, String> hints =
                Map.of(401, "HF_TOKEN", 403, "terms", 404, "Check the name", 407, "proxy", 418, "HF_ENDPOINT");
        hints.forEach((status, hint) -> {
            server.on(
                    "/" + REPOSITORY + "/resolve/main/" + FILE,
                    (_, reply) -> reply.head(status, "Content-Length", "0"));
            assertThatThrownBy(() -> fetch(NAME))
                    .isInstanceOf(HubException.class)
                    .hasMessageContaining(hint);
        });
    }

    @Test
    void aRepositoryThatIsRefusedSaysWhatToDo() {
        Map.of(401, "HF_TOKEN", 403, "terms").forEach((status, hint) -> {
            server.on(
                    "/api/models/" + REPOSITORY + "/revision/main",
                    (_, reply) -> reply.head(status, "Content-Length", "0"));
            assertThatThrownBy(() -> fetch("hf:" + REPOSITORY))
                    .isInstanceOf(HubException.class)
                    .hasMessageContaining(hint);
        });
    }

    @Test
    void aNamedFileComesFromAMirrorWhoseApiAnswersOtherwise() throws Exception {
        byte[] page = "<html>".getBytes(StandardCharsets.UTF_8);
        server.on(
                "/api/models/" + REPOSITORY + "/revision/main",
                (_, reply) -> reply.head(200, "Content-Length", "6").body(page, 0, 6));
        assertThatThrownBy(() -> fetch("hf:" + REPOSITORY))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("JSON");
        assertThat(fetch(NAME)).hasBinaryContent(BYTES);
        assertThat(progress.getLast().licence()).isNull();
    }

    @Test
    void aServerThatIsNoHubIsTold() {
        server.on("/" + REPOSITORY + "/resolve/main/" + FILE, (_, reply) -> reply.head(200, "Content-Length", "7"));
        assertThatThrownBy(() -> fetch(NAME)).isInstanceOf(HubException.class).hasMessageContaining("HF_ENDPOINT");
    }

    @Test
    void offlineNothingIsAsked() throws Exception {
        Path path = fetch(NAME);
        int requests = server.requests.size();
        Hub offline = hub("HF_HUB_OFFLINE", "1");
        assertThat(offline.fetch(ModelName.parse(NAME), Freshness.NEWEST)).isEqualTo(path);
        assertThatThrownBy(() -> offline.fetch(ModelName.parse("hf:other/model/a.gguf"), Freshness.CACHED))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("HF_HUB_OFFLINE")
                .hasMessageContaining(NAME);
        assertThat(server.requests).hasSize(requests);
    }

    @Test
    void manyWhoWantTheSameFileLoadItOnce() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<Path> fetching = () -> new Hub(settings(), _ -> {}).fetch(ModelName.parse(NAME), Freshness.CACHED);
            List<Future<Path>> paths = threads.invokeAll(java.util.Collections.nCopies(8, fetching));
            for (Future<Path> path : paths) {
                assertThat(path.get()).hasBinaryContent(BYTES);
            }
        }
        assertThat(server.gets(CDN)).hasSize(1);
    }

    @Test
    void aRepositoryWithOneGgufNeedsNoFileName() throws Exception {
        assertThat(fetch("hf:" + REPOSITORY)).hasBinaryContent(BYTES);
        int requests = server.requests.size();
        assertThat(fetch("hf:" + REPOSITORY)).hasBinaryContent(BYTES);
        assertThat(server.requests).hasSize(requests);
    }

    @Test
    void aRepositoryWithSeveralGgufsNamesThem() {
        server.repository(REPOSITORY, "mit", "a.gguf", "b.gguf");
        assertThatThrownBy(() -> fetch("hf:" + REPOSITORY))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("hf:" + REPOSITORY + "/a.gguf, hf:" + REPOSITORY + "/b.gguf");
    }

    @Test
    void aRepositoryWithSafetensorsBecomesAFolder() throws Exception {
        List<String> files = List.of("config.json", "tokenizer.json", "model.safetensors.index.json");
        String[] all = {
            "README.md",
            "config.json",
            "tokenizer.json",
            "model.safetensors.index.json",
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
            "pytorch_model.bin"
        };
        server.repository("o/st", "apache-2.0", all);
        byte[] index =
                "{\"weight_map\": {\"a\": \"model-00001-of-00002.safetensors\", \"b\": \"model-00002-of-00002.safetensors\"}}"
                        .getBytes(StandardCharsets.UTF_8);
        for (String file : files) {
            server.smallFile("o/st", file, file.endsWith("index.json") ? index : file.getBytes(StandardCharsets.UTF_8));
        }
        server.largeFile("o/st", all[4], BYTES, TestServer.honest(BYTES));
        byte[] second = randomBytes(1000);
        server.largeFile("o/st", all[5], second, TestServer.honest(second));
        Path path = fetch("hf:o/st");
        assertThat(path).isDirectory();
        assertThat(Folders.files(path)).hasSize(5).allMatch(Files::isRegularFile);
        int requests = server.requests.size();
        assertThat(fetch("hf:o/st")).isEqualTo(path);
        assertThat(server.requests).hasSize(requests);
        assertThat(hub().models()).extracting(StoredModel::name).containsExactly("hf:o/st");

        // A shard that is missing makes the folder incomplete, and only that shard is loaded again.
        Files.delete(path.resolve(all[5]).toRealPath());
        server.requests.clear();
        fetch("hf:o/st");
        assertThat(server.gets("/cdn/" + all[4])).isEmpty();
        assertThat(server.gets("/cdn/" + all[5])).hasSize(1);
    }

    @Test
    void namesFromTheServerCannotLeadOutOfTheCache() {
        server.repository(REPOSITORY, "mit", "../../../evil.gguf");
        assertThatThrownBy(() -> fetch("hf:" + REPOSITORY))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("leads out of its folder");
        server.on(
                "/" + REPOSITORY + "/resolve/main/" + FILE,
                (_, reply) -> reply.head(
                        302,
                        "Location",
                        CDN,
                        "X-Repo-Commit",
                        "../../x",
                        "X-Linked-Etag",
                        "../../y",
                        "X-Linked-Size",
                        "3"));
        assertThatThrownBy(() -> fetch(NAME)).isInstanceOf(HubException.class).hasMessageContaining("without commit");
    }

    @Test
    void removingFreesWhatNothingElseUses() throws Exception {
        fetch(NAME);
        assertThatThrownBy(() -> hub().remove(ModelName.parse("hf:" + REPOSITORY + "/other.gguf")))
                .isInstanceOf(HubException.class)
                .hasMessageContaining(NAME);
        assertThat(hub().remove(ModelName.parse(NAME))).isEqualTo(3_000_000 + (long) TestServer.COMMIT.length());
        assertThat(repositoryFolder()).doesNotExist();
        assertThat(hub().models()).isEmpty();
    }

    @Test
    void removingLeavesContentsThatAnotherRevisionUses() throws Exception {
        fetch(NAME);
        String other = "e".repeat(40);
        HubCache cache = new HubCache(folder.resolve("hub"));
        ModelName.Repository at = (ModelName.Repository) ModelName.parse("hf:" + REPOSITORY + "@" + other + "/" + FILE);
        cache.link(at, other, FILE, blob());
        assertThat(hub().remove(ModelName.parse(NAME))).isZero();
        assertThat(hub().fetch(at, Freshness.CACHED)).hasBinaryContent(BYTES);
    }

    @Test
    void aGgufFromAnyWebServerIsCheckedByItsStructure() throws Exception {
        byte[] gguf = SmallGguf.bytes();
        server.on("/files/model.gguf", TestServer.honest(gguf));
        Path path = fetch(server.uri() + "/files/model.gguf");
        assertThat(path).hasBinaryContent(gguf).hasFileName("model.gguf");
        int requests = server.requests.size();
        assertThat(fetch(server.uri() + "/files/model.gguf")).isEqualTo(path);
        assertThat(server.requests).hasSize(requests);
        assertThat(hub().models()).extracting(StoredModel::name).containsExactly(server.uri() + "/files/model.gguf");

        byte[] half = java.util.Arrays.copyOf(gguf, gguf.length / 2);
        server.on("/files/half.gguf", TestServer.honest(half));
        byte[] page = "<html>please log in</html>".getBytes(StandardCharsets.UTF_8);
        server.on("/files/page.gguf", TestServer.honest(page));
        for (String bad : List.of("half", "page")) {
            for (int attempt = 0; attempt < 2; attempt++) {
                assertThatThrownBy(() -> fetch(server.uri() + "/files/" + bad + ".gguf"))
                        .isInstanceOf(HubException.class)
                        .hasMessageContaining("no whole GGUF file");
            }
        }
        assertThat(hub().models()).hasSize(1);
    }

    @Test
    void aHashBehindAnAddressIsChecked() throws Exception {
        byte[] gguf = SmallGguf.bytes();
        server.on("/m.gguf", TestServer.honest(gguf));
        String address = server.uri() + "/m.gguf#sha256=";
        assertThatThrownBy(() -> fetch(address + "0".repeat(64)))
                .isInstanceOf(HubException.class)
                .hasMessageContaining(TestServer.sha256(gguf));
        assertThat(fetch(address + TestServer.sha256(gguf))).hasBinaryContent(gguf);
    }

    @Test
    void aFileThatChangesWhileItIsLoadedIsNotMixed() throws Exception {
        byte[] gguf = SmallGguf.bytes();
        AtomicInteger asked = new AtomicInteger();
        server.on("/m.gguf", (request, reply) -> {
            int now = asked.incrementAndGet();
            String tag = now <= 2 ? "\"one\"" : "\"two\"";
            int from = request.from();
            reply.head(206, "ETag", tag, "Content-Range", "bytes " + from + "-" + (gguf.length - 1) + "/" + gguf.length)
                    .body(gguf, from, now == 2 ? gguf.length / 2 : gguf.length);
        });
        assertThatThrownBy(() -> fetch(server.uri() + "/m.gguf"))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("changed");
        assertThat(fetch(server.uri() + "/m.gguf")).hasBinaryContent(gguf);
    }

    @Test
    void anInterruptEndsADownload() throws Exception {
        server.on(CDN, (_, reply) -> {
            reply.head(200, "Content-Length", "3000000").body(BYTES, 0, 1000);
            reply.stall();
        });
        List<Throwable> thrown = new java.util.concurrent.CopyOnWriteArrayList<>();
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                fetch(NAME);
            } catch (Exception e) {
                thrown.add(e);
            }
        });
        while (server.gets(CDN).isEmpty()) {
            Thread.onSpinWait();
        }
        thread.interrupt();
        thread.join();
        assertThat(thrown)
                .singleElement()
                .isInstanceOfAny(InterruptedException.class, java.nio.channels.ClosedByInterruptException.class);
        assertNoModel();
    }
}
