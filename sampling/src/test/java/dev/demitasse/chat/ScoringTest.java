package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.demitasse.chat.testing.ScriptedModel;
import dev.demitasse.tokenizer.SpecialTokens;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Embeddings and log-likelihoods are those of transformers; likelihoods.py wrote likelihoods.json. */
@Timeout(300)
class ScoringTest {
    private static final Path WEIGHTS = Path.of("..", "examples", "demo-model", "weights");

    private static LanguageModel model;
    private static Map<String, Object> reference;

    @BeforeAll
    static void load() throws IOException {
        model = LanguageModel.loader().precision(Precision.EXACT).threads(2).load(WEIGHTS);
        try (InputStream in = Objects.requireNonNull(ScoringTest.class.getResourceAsStream("likelihoods.json"))) {
            reference = JsonValues.asObject(
                    Objects.requireNonNull(JsonReader.read(new String(in.readAllBytes(), StandardCharsets.UTF_8))));
        }
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static List<Map<String, Object>> rows(String name) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Object row : (List<?>) Objects.requireNonNull(reference.get(name))) {
            rows.add(JsonValues.asObject(row));
        }
        return rows;
    }

    private static String text(Map<String, Object> row, String name) {
        return (String) Objects.requireNonNull(row.get(name));
    }

    private static void assertClose(float[] found, @Nullable Object expected) {
        List<?> numbers = (List<?>) Objects.requireNonNull(expected);
        assertThat(found).hasSize(numbers.size()).hasSize(model.info().hiddenSize());
        for (int i = 0; i < found.length; i++) {
            assertThat((double) found[i]).isCloseTo(((Number) numbers.get(i)).doubleValue(), within(1e-5));
        }
    }

    @Test
    void embeddingsAreThoseOfTheReferenceAlsoSideBySide() {
        List<Map<String, Object>> rows = rows("embeddings");
        List<String> texts = rows.stream().map(row -> text(row, "text")).toList();
        List<float[]> means = model.embed(texts);
        List<float[]> last = model.embed(texts, Pooling.LAST);
        assertThat(means).hasSizeGreaterThan(4).hasSameSizeAs(last);
        for (int i = 0; i < rows.size(); i++) {
            assertClose(means.get(i), rows.get(i).get("mean"));
            assertClose(last.get(i), rows.get(i).get("last"));
            assertClose(model.embed(texts.get(i)), rows.get(i).get("mean"));
        }
    }

    @Test
    void manyTextsAreEmbeddedInTheirOrder() {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            texts.add(i % 2 == 0 ? "春眠不觉晓" : "月");
        }
        List<float[]> embeddings = model.embed(texts);
        assertThat(embeddings).hasSize(40);
        for (int i = 0; i < 40; i++) {
            assertClose(
                    embeddings.get(i),
                    rows("embeddings").get(i % 2 == 0 ? 0 : 2).get("mean"));
        }
    }

    @Test
    void scoresAreThoseOfTheReference() {
        List<Map<String, Object>> rows = rows("scores");
        assertThat(rows).hasSizeGreaterThan(5);
        for (Map<String, Object> row : rows) {
            Score score = model.score(text(row, "prompt"), List.of(text(row, "continuation")))
                    .getFirst();
            assertScore(score, row);
        }
    }

    @Test
    void scoresDoNotDependOnWhichOthersAreAskedFor() {
        for (String prompt : rows("scores").stream()
                .map(row -> text(row, "prompt"))
                .distinct()
                .toList()) {
            List<Map<String, Object>> rows = rows("scores").stream()
                    .filter(row -> prompt.equals(row.get("prompt")))
                    .toList();
            List<String> continuations = new ArrayList<>();
            Collections.nCopies(10, rows)
                    .forEach(all -> all.forEach(row -> continuations.add(text(row, "continuation"))));
            List<Score> scores = model.score(prompt, continuations);
            for (int i = 0; i < scores.size(); i++) {
                assertScore(scores.get(i), rows.get(i % rows.size()));
            }
        }
    }

    private static void assertScore(Score score, Map<String, Object> row) {
        assertThat(score.tokens()).isEqualTo(((Number) Objects.requireNonNull(row.get("tokens"))).intValue());
        double expected = ((Number) Objects.requireNonNull(row.get("logprob"))).doubleValue();
        assertThat(score.logProbability()).isCloseTo(expected, within(1e-3));
        assertThat(score.perToken()).isEqualTo(score.logProbability() / score.tokens());
    }

    @Test
    void aReplysScoreIsTheSumOfItsTokensAsTheyWereWritten() {
        ChatRequest request = ChatRequest.builder()
                .user("写一首关于月亮的诗")
                .options(o -> o.greedy().logprobs(0))
                .build();
        Reply reply = model.send(request).await();
        double sum =
                reply.logprobs().stream().mapToDouble(TokenLogprob::logprob).sum();
        List<Score> scores = model.score(request, List.of(reply.text(), "你好"));
        int written = model.tokenizer().encode(reply.text(), SpecialTokens.NONE).length;
        assertThat(scores.get(0).tokens()).isEqualTo(written);
        assertThat(scores.get(0).logProbability()).isCloseTo(sum, within(0.5));
        assertThat(scores.get(1).perToken()).isLessThan(scores.get(0).perToken());
    }

    @Test
    void chatsGoOnBesideEmbeddings() {
        List<CompletableFuture<Reply>> replies = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            replies.add(model.send(ChatRequest.builder()
                            .user("写一首关于月亮的诗")
                            .options(o -> o.greedy().maxTokens(40))
                            .build())
                    .future());
        }
        for (int i = 0; i < 20; i++) {
            assertClose(model.embed("月"), rows("embeddings").get(2).get("mean"));
        }
        String first = replies.getFirst().join().text();
        assertThat(replies).allSatisfy(reply -> assertThat(reply.join().text()).isEqualTo(first));
    }

    @Test
    void nothingStaysBehind() {
        model.embed(List.of("春", "夏"));
        model.score("春", List.of("天", "风"));
        long before = model.stats().kvBytes();
        for (int i = 0; i < 20; i++) {
            model.embed(List.of("秋天来了", "冬"));
            model.score("春眠不觉晓", List.of("，处处", "山"));
        }
        assertThat(model.stats().kvBytes()).isLessThanOrEqualTo(before + (1 << 20));
    }

    @Test
    void noTextAndTooMuchTextAreRefused() {
        assertThat(model.embed(List.of())).isEmpty();
        assertThat(model.score("春", List.of())).isEmpty();
        assertThatThrownBy(() -> model.embed(List.of("a", "")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("text 1 is empty: expected at least one character");
        assertThatThrownBy(() -> model.score("", List.of("a"))).hasMessageStartingWith("the prompt is empty");
        assertThatThrownBy(() -> model.score("a", List.of("b", ""))).hasMessageStartingWith("continuation 1 is empty");
        String tooLong = "月".repeat(model.contextSize() + 1);
        assertThatThrownBy(() -> model.embed(tooLong)).isInstanceOf(ContextOverflowException.class);
        assertThatThrownBy(() -> model.score(tooLong, List.of("b"))).isInstanceOf(ContextOverflowException.class);
    }

    @Test
    void aModelWithoutWeightsSaysSo() {
        try (var scripted = ScriptedModel.replying("月")) {
            assertThatThrownBy(() -> scripted.embed("月"))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("without weights");
        }
    }

    @Test
    void anInterruptEndsTheWaiting() {
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> model.score("春眠不觉晓", List.of("，处处闻啼鸟"))).isInstanceOf(CancellationException.class);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertClose(model.embed("月"), rows("embeddings").get(2).get("mean"));
    }
}
