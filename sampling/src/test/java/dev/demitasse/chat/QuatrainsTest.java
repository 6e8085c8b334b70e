package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.demo.DemoModel;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The bundled model's greedy answers, to the letter: what transformers gives from the same weights
 * (examples/demo-model/training/check_gguf.py wrote quatrains.jsonl). Logits agree within 1e-4 with F32 keys and values,
 * and the best two are never closer than 3e-3 on these prompts.
 */
@Timeout(300)
class QuatrainsTest {
    private static final Path WEIGHTS = Path.of("..", "examples", "demo-model", "weights");
    private static final List<Quatrain> QUATRAINS = read("quatrains.jsonl");
    private static final Quatrain SPRING = QUATRAINS.getFirst();

    private record Quatrain(String prompt, String answer) {}

    @TempDir
    private Path folder;

    private static List<Quatrain> read(String name) {
        try (InputStream in = Objects.requireNonNull(QuatrainsTest.class.getResourceAsStream(name))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(QuatrainsTest::quatrain)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Quatrain quatrain(String line) {
        Map<?, ?> row = (Map<?, ?>) Objects.requireNonNull(JsonReader.read(line));
        return new Quatrain(String.valueOf(row.get("prompt")), String.valueOf(row.get("answer")));
    }

    private static LanguageModel load(KernelChoice kernels) {
        return load(kernels, DemoModel.path());
    }

    private static LanguageModel load(KernelChoice kernels, Path path) {
        return LanguageModel.loader()
                .precision(Precision.EXACT)
                .kernels(kernels)
                .threads(2)
                .load(path);
    }

    private static ChatSession greedy(LanguageModel model) {
        return model.newChat().options(ChatOptions.Builder::greedy).start();
    }

    @ParameterizedTest
    @EnumSource
    void theAnswersAreThoseOfTheReference(KernelChoice kernels) {
        assertAnswers(kernels, DemoModel.path(), QUATRAINS);
    }

    /** What transformers gives from the folder with the weights in bf16 (check_transformers.py). */
    @ParameterizedTest
    @EnumSource
    void theAnswersOfTheUnquantisedWeightsAreThoseOfTheReference(KernelChoice kernels) {
        assertAnswers(kernels, WEIGHTS, read("quatrains-bf16.jsonl"));
    }

    private static void assertAnswers(KernelChoice kernels, Path path, List<Quatrain> quatrains) {
        assertThat(quatrains).hasSizeGreaterThanOrEqualTo(8);
        try (LanguageModel model = load(kernels, path)) {
            assertThat(quatrains).allSatisfy(expected -> {
                try (ChatSession chat = greedy(model)) {
                    assertThat(chat.ask(expected.prompt)).isEqualTo(expected.answer);
                }
            });
        }
    }

    @Test
    void thePoemIsTheSameWhicheverWayItIsAskedFor() {
        Path saved = folder.resolve("poem.session");
        try (LanguageModel model = load(KernelChoice.AUTO)) {
            try (ChatSession chat = greedy(model)) {
                StringBuilder streamed = new StringBuilder();
                for (String piece : chat.send(SPRING.prompt)) {
                    streamed.append(piece);
                }
                assertThat(streamed).hasToString(SPRING.answer);
            }
            try (ChatSession base = greedy(model)) {
                base.preload("");
                try (ChatSession fork = base.fork();
                        ChatSession other = base.fork()) {
                    assertThat(fork.ask(SPRING.prompt)).isEqualTo(SPRING.answer);
                    assertThat(other.ask(SPRING.prompt)).isEqualTo(SPRING.answer);
                }
                base.save(saved);
            }
            try (ChatSession restored = model.newChat().restore(saved).start()) {
                Reply reply = restored.send(SPRING.prompt).await();
                assertThat(reply.text()).isEqualTo(SPRING.answer);
                assertThat(reply.usage().cachedTokens()).isPositive();
            }
        }
    }

    @Test
    void aConversationGoesOnAlikeInTheSessionItsForkAndItsSavedCopy() {
        Path saved = folder.resolve("conversation.session");
        String question = "再来一首";
        String next;
        try (LanguageModel model = load(KernelChoice.AUTO);
                ChatSession chat = greedy(model)) {
            assertThat(chat.ask(SPRING.prompt)).isEqualTo(SPRING.answer);
            chat.save(saved);
            try (ChatSession fork = chat.fork()) {
                next = fork.ask(question);
            }
            assertThat(chat.ask(question)).isEqualTo(next).isNotEqualTo(SPRING.answer);
        }
        try (LanguageModel model = load(KernelChoice.AUTO);
                ChatSession restored = model.newChat().restore(saved).start()) {
            assertThat(restored.history()).hasSize(2);
            assertThat(restored.ask(question)).isEqualTo(next);
            restored.rewind(restored.history().size());
            assertThat(restored.ask(SPRING.prompt)).isEqualTo(SPRING.answer);
        }
    }
}
