package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.demitasse.core.model.ModelFile;
import dev.demitasse.tokenizer.Tokenizer;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.core.JsonParser;

/** What comes back from a file is what was saved, or a typed error. */
@Timeout(180)
class SavedSessionTest {
    private static final ChatOptions SHORT =
            ChatOptions.of(o -> o.greedy().maxTokens(12).repetitionPenalty(1));

    @TempDir
    private static Path folder = Path.of("");

    private static Path file = Path.of("");

    @BeforeAll
    static void writeModel() {
        file = RandomGguf.write(folder);
    }

    private static LanguageModel model(KvType type) {
        return LanguageModel.loader()
                .kvType(type)
                .kernels(KernelChoice.SCALAR)
                .threads(1)
                .load(file);
    }

    private static byte[] savedBytes() throws IOException {
        Path saved = folder.resolve("bytes.session");
        try (LanguageModel model = model(KvType.F16);
                ChatSession chat = model.newChat().options(SHORT).start()) {
            chat.ask("q");
            chat.save(saved);
        }
        return Files.readAllBytes(saved);
    }

    @ParameterizedTest
    @EnumSource
    void aRestoredSessionGoesOnAsTheSavedOneAndReadsNothingAgain(KvType type) throws IOException {
        Path saved = folder.resolve(type + ".session");
        String expected;
        Usage usage;
        List<Message> history;
        try (LanguageModel model = model(type);
                ChatSession chat =
                        model.newChat().system("规则 \ud83d\ude00").options(SHORT).start()) {
            chat.ask("first " + "x".repeat(60));
            chat.ask("second \ud800 half a pair");
            chat.save(saved);
            history = chat.history();
            Reply next = chat.send("third").await();
            expected = next.text();
            usage = next.usage();
        }
        try (LanguageModel model = model(type);
                ChatSession again = model.newChat().restore(saved).start()) {
            assertThat(again.history()).isEqualTo(history);
            assertThat(model.stats().kvBytes()).isPositive();
            Reply next = again.send("third").await();
            assertThat(next.text()).isEqualTo(expected);
            assertThat(next.usage()).hasToString(usage.toString());
            again.rewind(2);
            assertThat(again.send("third").await().text()).isEqualTo(expected);
        }
    }

    @Test
    void aSessionThatSaidNothingIsSavedToo() {
        Path saved = folder.resolve("empty.session");
        try (LanguageModel model = model(KvType.F32);
                ChatSession chat = model.newChat().system("rules").start()) {
            chat.save(saved);
            try (ChatSession again =
                    model.newChat().restore(saved).options(SHORT).start()) {
                assertThat(again.history()).isEmpty();
                assertThat(again.send("q").await().usage().completionTokens()).isPositive();
            }
        }
    }

    @Test
    void anotherKvTypeReadsTheConversationAgain() {
        Path saved = folder.resolve("type.session");
        try (LanguageModel model = model(KvType.F32);
                ChatSession chat = model.newChat().options(SHORT).start()) {
            chat.ask("q");
            chat.save(saved);
        }
        try (LanguageModel model = model(KvType.F16);
                ChatSession again = model.newChat().restore(saved).start()) {
            assertThat(again.history()).hasSize(2);
            assertThat(again.send("r").await().usage().cachedTokens()).isZero();
            assertThat(again.send("s").await().usage().cachedTokens()).isPositive();
        }
    }

    @Test
    void withoutRoomTheConversationIsReadAgain() {
        Path saved = folder.resolve("room.session");
        try (LanguageModel model = model(KvType.F32);
                ChatSession chat = model.newChat().options(SHORT).start()) {
            chat.ask("q".repeat(250));
            chat.save(saved);
            long bytes = model.stats().kvBytes();
            try (LanguageModel small = LanguageModel.loader()
                            .kvType(KvType.F32)
                            .contextSize(400)
                            .kvBudget(bytes * 3 / 2)
                            .kernels(KernelChoice.SCALAR)
                            .load(file);
                    RawSequence pinned = small.raw().newSequence()) {
                pinned.append(new int[390]);
                ChatSession again = small.newChat().restore(saved).start();
                assertThat(again.history()).hasSize(2);
                pinned.truncate(0);
                assertThat(again.send("r").await().usage().cachedTokens()).isZero();
                again.close();
            }
        }
    }

    @Test
    void anotherModelsSessionIsRefused() throws IOException {
        Path saved = folder.resolve("other.session");
        byte[] other = Files.readAllBytes(file);
        // One weight of the last tensor.
        other[other.length - 40] ^= 1;
        Path otherFile = Files.write(folder.resolve("other.gguf"), other);
        try (LanguageModel model =
                        LanguageModel.loader().kernels(KernelChoice.SCALAR).load(otherFile);
                ChatSession chat = model.chat()) {
            chat.save(saved);
        }
        try (LanguageModel model = model(KvType.F16)) {
            assertThatThrownBy(() -> model.newChat().restore(saved).start())
                    .isInstanceOf(SavedSessionException.class)
                    .hasMessageContainingAll("other.session", "another model");
        }
    }

    @Test
    void theFingerprintIsOfTheModelNotOfItsPlace() throws IOException {
        Path copy = Files.copy(file, folder.resolve("copy.gguf"));
        try (ModelFile one = ModelFile.open(file);
                ModelFile two = ModelFile.open(copy)) {
            assertThat(one.fingerprint()).hasSize(64).isEqualTo(two.fingerprint());
        }
    }

    @Test
    void everyTruncationIsRefused() throws IOException {
        byte[] bytes = savedBytes();
        try (LanguageModel model = model(KvType.F16)) {
            Path cut = folder.resolve("cut.session");
            for (int length = 0; length < bytes.length; length += length < 3000 ? 1 : 211) {
                Files.write(cut, Arrays.copyOf(bytes, length));
                assertRefused(model, cut, "length " + length);
            }
            Files.write(cut, Arrays.copyOf(bytes, bytes.length + 1));
            assertRefused(model, cut, "a byte more");
            assertThat(model.stats().kvBytes()).isZero();
        }
    }

    @Test
    void everyFlippedBitIsNoticed() throws IOException {
        byte[] bytes = savedBytes();
        try (LanguageModel model = model(KvType.F16)) {
            Path flipped = folder.resolve("flipped.session");
            for (int i = 0; i < bytes.length; i += i < 3000 ? 1 : 97) {
                byte[] damaged = bytes.clone();
                damaged[i] ^= (byte) (1 << i % 8);
                Files.write(flipped, damaged);
                assertRefused(model, flipped, "byte " + i);
            }
            assertThat(model.stats().kvBytes()).isZero();
        }
    }

    private static void assertRefused(LanguageModel model, Path path, String what) {
        Throwable refusal = catchThrowable(() -> model.newChat().restore(path).start());
        assertThat(refusal)
                .as(what)
                .isInstanceOf(SavedSessionException.class)
                .hasMessageContaining(String.valueOf(path.getFileName()));
    }

    @Test
    void anotherVersionIsNamed() throws IOException {
        byte[] bytes = savedBytes();
        ByteBuffer.wrap(bytes).putInt(8, 7);
        Path path = Files.write(folder.resolve("version.session"), bytes);
        try (LanguageModel model = model(KvType.F16)) {
            assertThatThrownBy(() -> model.newChat().restore(path).start())
                    .isInstanceOf(SavedSessionException.class)
                    .hasMessageContainingAll("version 7", "reads version 1");
        }
    }

    @Test
    void lengthsThatAreNotThereAreNotBelieved() throws IOException {
        try (LanguageModel model = model(KvType.F16)) {
            for (long[] lengths : new long[][] {
                {Integer.MAX_VALUE, 10}, {-1, 10}, {10, Long.MAX_VALUE}, {10, -1}, {Integer.MIN_VALUE, Long.MIN_VALUE}
            }) {
                ByteBuffer huge = ByteBuffer.allocate(100);
                huge.put("DEMITASS".getBytes(StandardCharsets.US_ASCII)).putInt(1);
                huge.putInt((int) lengths[0]).putLong(lengths[1]);
                assertRefused(model, Files.write(folder.resolve("huge.session"), huge.array()), "huge");
            }
        }
    }

    @Test
    void aRightChecksumDoesNotMakeNonsenseRight() throws IOException {
        String good = CrashWhileSaving.session().toJson();
        try (LanguageModel model = model(KvType.F16)) {
            String own = good.replace("\"m\"", "\"" + model.engine().fingerprint() + "\"");
            List<String> nonsense = List.of(
                    "",
                    "[]",
                    "null",
                    "{}",
                    "{".repeat(2000),
                    own.replace("F16", "F17"),
                    own.replace("\"options\": {}", "\"options\": {\"topP\": 7}"),
                    own.replace("\"options\": {}", "\"options\": {\"unheard\": 7}"),
                    own.replace("\"turnEnds\": []", "\"turnEnds\": [[1]]"),
                    own.replace("\"turnEnds\": []", "\"turnEnds\": [[1, 1, 1]]"),
                    own.replace("[1, 2, 3]", "[1, 2, 300000]"),
                    own.replace("[1, 2, 3]", "[1, -2, 3]"),
                    // More tokens than there are keys and values.
                    own);
            for (String description : nonsense) {
                assertRefused(model, writeDescription(description), description);
            }
            Path whole = writeDescription(own.replace("[1, 2, 3]", "[]"));
            model.newChat().restore(whole).start().close();
        }
    }

    /** A file with this description, right checksums, and no keys and values. */
    private static Path writeDescription(String description) throws IOException {
        byte[] utf8 = description.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(24 + utf8.length + 8);
        bytes.put("DEMITASS".getBytes(StandardCharsets.US_ASCII)).putInt(1).putInt(utf8.length);
        bytes.putLong(0).put(utf8);
        CRC32C checksum = new CRC32C();
        checksum.update(bytes.array(), 0, bytes.position());
        bytes.putInt((int) checksum.getValue()).putInt(0);
        return Files.write(folder.resolve("nonsense.session"), bytes.array());
    }

    @Test
    void aFileThatIsNotThereAndOneThatIsNoSessionAreToldApart() {
        try (LanguageModel model = model(KvType.F16)) {
            assertThatThrownBy(() -> model.newChat()
                            .restore(folder.resolve("absent.session"))
                            .start())
                    .isInstanceOf(SavedSessionException.class)
                    .hasMessageContainingAll("absent.session", "no such file");
            assertThatThrownBy(() -> model.newChat().restore(file).start())
                    .isInstanceOf(SavedSessionException.class)
                    .hasMessageContaining("something else than a saved session");
            assertThatThrownBy(() -> model.newChat().system("x").restore(file).start())
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aCrashWhileSavingLeavesTheOldFile() throws Exception {
        Path home = Files.createDirectory(folder.resolve("crash"));
        Path saved = home.resolve("one.session");
        try (LanguageModel model = model(KvType.F16);
                ChatSession chat = model.newChat().options(SHORT).start()) {
            chat.ask("q");
            chat.save(saved);
            byte[] before = Files.readAllBytes(saved);
            Process crashing = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            classPath(),
                            CrashWhileSaving.class.getName(),
                            saved.toString())
                    .inheritIO()
                    .start();
            assertThat(crashing.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(crashing.exitValue()).isEqualTo(CrashWhileSaving.EXIT);
            assertThat(Files.readAllBytes(saved)).isEqualTo(before);
            try (ChatSession again = model.newChat().restore(saved).start()) {
                assertThat(again.history()).hasSize(2);
            }
        }
    }

    private static String classPath() throws URISyntaxException {
        List<String> places = new ArrayList<>(List.of(
                Path.of("target", "classes").toString(),
                Path.of("target", "test-classes").toString()));
        for (Class<?> type : List.of(
                LanguageModel.class,
                CrashWhileSaving.class,
                ModelFile.class,
                Tokenizer.class,
                JsonParser.class,
                NullMarked.class)) {
            places.add(Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString());
        }
        return String.join(File.pathSeparator, places);
    }

    @Test
    void anErrorWhileSavingLeavesTheOldFileAndNothingElse() throws IOException {
        Path home = Files.createDirectory(folder.resolve("errors"));
        Path saved = Files.writeString(home.resolve("one.session"), "old");
        assertThatThrownBy(() -> SessionFile.write(saved, CrashWhileSaving.session(), 100, out -> {
                    out.write(ByteBuffer.allocate(50));
                    throw new IOException("disk full");
                }))
                .isInstanceOf(SavedSessionException.class)
                .hasMessageContainingAll("one.session", "disk full");
        assertThat(saved).hasContent("old");
        try (Stream<Path> files = Files.list(home)) {
            assertThat(files).containsExactly(saved);
        }
        assertThatThrownBy(() ->
                        SessionFile.write(home.resolve("absent").resolve("x"), CrashWhileSaving.session(), 0, _ -> {}))
                .isInstanceOf(SavedSessionException.class);
    }

    @Test
    void everyOptionIsSavedUnlessItIsCode() {
        ChatOptions all = ChatOptions.of(o -> o.maxTokens(7)
                .temperature(0.3)
                .topK(5)
                .topP(0.6)
                .minP(0.1)
                .typicalP(0.9)
                .repetitionPenalty(1.2)
                .presencePenalty(-0.1)
                .frequencyPenalty(0.7)
                .seed(Long.MIN_VALUE)
                .stop("停", "\n")
                .logitBias(Map.of(3, -100f))
                .logprobs(2)
                .promptLookup(7)
                .timeout(Duration.ofMillis(1234))
                .jsonSchema("{\"type\": \"object\"}"));
        assertThat(reread(all)).isEqualTo(all);
        ChatOptions greedy = ChatOptions.of(o -> o.greedy().grammar("root ::= \"好\""));
        assertThat(reread(greedy)).isEqualTo(greedy);
        Set<String> saved = new TreeSet<>(all.named().keySet());
        saved.addAll(greedy.named().keySet());
        saved.addAll(SavedOptions.NOT_SAVED);
        assertThat(saved).containsAll(settings());
    }

    /** Whoever adds an option decides whether it can be saved. */
    private static Set<String> settings() {
        Set<String> names = new TreeSet<>();
        for (Method method : ChatOptions.Builder.class.getDeclaredMethods()) {
            if (Modifier.isPublic(method.getModifiers()) && !method.getName().equals("build")) {
                names.add(method.getName());
            }
        }
        assertThat(names).hasSizeGreaterThan(14);
        return names;
    }

    private static ChatOptions reread(ChatOptions options) {
        String json = PythonJson.write(SavedOptions.toJson(options));
        return SavedOptions.fromJson(JsonValues.asObject(Objects.requireNonNull(JsonReader.read(json))));
    }

    @Test
    void aBusySessionIsNotSaved() {
        try (TestModel test = TestModel.replying("abc");
                ChatSession chat = test.chat()) {
            List<Throwable> thrown = new ArrayList<>();
            chat.send("go")
                    .onText(_ -> thrown.add(catchThrowable(() -> chat.save(folder.resolve("busy.session")))))
                    .await();
            assertThat(thrown).hasSize(3).allMatch(SessionBusyException.class::isInstance);
        }
    }
}
