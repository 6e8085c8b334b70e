package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.demitasse.tokenizer.SpecialText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole path with a random model: the text is nonsense, what must hold is that it is always the same nonsense. */
@Timeout(120)
class LanguageModelTest {
    // The limit of docs/NUMERICS.md for float activations.
    private static final float TOLERANCE = 1e-4f;

    @TempDir
    private static Path folder = Path.of("");

    private static Path file = Path.of("");

    @BeforeAll
    static void writeModel() {
        file = RandomGguf.write(folder);
    }

    private static LanguageModel exactModel() {
        return LanguageModel.loader()
                .precision(Precision.EXACT)
                .kernels(KernelChoice.SCALAR)
                .threads(2)
                .load(file);
    }

    private static ChatOptions greedy(int tokens) {
        return ChatOptions.of(o -> o.greedy().maxTokens(tokens).repetitionPenalty(1));
    }

    @Test
    void aModelSaysWhatItIsAndHowItRuns() {
        try (LanguageModel model = exactModel()) {
            ModelInfo info = model.info();
            assertThat(info.name()).isEqualTo("random");
            assertThat(info.architecture()).isEqualTo("qwen2");
            assertThat(info.licence()).isEqualTo("apache-2.0");
            assertThat(info.weightBytes()).containsOnlyKeys("F32");
            assertThat(info.contextSize()).isEqualTo(RandomGguf.CONTEXT);
            assertThat(info.threads()).isEqualTo(2);
            assertThat(info.kvType()).isEqualTo(KvType.F32);
            assertThat(info.kernels()).isEqualTo("scalar");
            assertThat(info.kernelReason()).isNotBlank();
            assertThat(model.language().stopTokens())
                    .containsExactlyInAnyOrder(TestLanguage.IM_END, TestLanguage.END_OF_TEXT);
        }
    }

    @Test
    void aConversationInOneSessionEqualsTheSameTokensReadAfresh() {
        try (LanguageModel model = exactModel();
                ChatSession chat = model.chat();
                RawSequence cold = model.raw().newSequence()) {
            chat.send("你好", greedy(20)).await();
            List<Integer> prompt = new ArrayList<>();
            Reply warm = chat.send("more", recording(prompt)).await();
            assertThat(warm.usage().cachedTokens()).isPositive();
            assertThat(warm.usage().promptTokens()).isEqualTo(prompt.size());
            int[] tokens = prompt.stream().mapToInt(Integer::intValue).toArray();
            RawReply afresh = cold.generate(tokens, greedy(20), model.language().stopTokens());
            assertThat(afresh.finish()).isEqualTo(warm.finish());
            assertThat(model.tokenizer().decode(afresh.tokens(), SpecialText.SKIP))
                    .startsWith(warm.text());
        }
    }

    /** Greedy, and notes the prompt as the model saw it. */
    private static ChatOptions recording(List<Integer> prompt) {
        return ChatOptions.of(o -> o.maxTokens(20).sampler(() -> (logits, history) -> {
            prompt.clear();
            for (int i = 0; i < history.promptSize(); i++) {
                prompt.add(history.token(i));
            }
            int best = 0;
            for (int i = 1; i < logits.length; i++) {
                best = logits[i] > logits[best] ? i : best;
            }
            return best;
        }));
    }

    @Test
    void reusedPositionsGiveTheLogitsOfAColdRun() {
        try (LanguageModel model = exactModel();
                RawSequence warm = model.raw().newSequence();
                RawSequence cold = model.raw().newSequence()) {
            int[] ids = TestLanguage.encode("<|im_start|>user\nThe quick brown fox 狐<|im_end|>\n");
            float[] whole = cold.append(ids);
            warm.append(ids);
            warm.truncate(ids.length / 2);
            warm.append('x', 'y', 'z');
            warm.truncate(ids.length / 2);
            for (int i = ids.length / 2; i < ids.length - 1; i++) {
                warm.append(ids[i]);
            }
            assertThat(warm.append(ids[ids.length - 1])).containsExactly(whole, within(TOLERANCE));
        }
    }

    @Test
    void logitsOfEachPositionEqualThoseOfItsPrefix() {
        try (LanguageModel model = exactModel();
                RawSequence all = model.raw().newSequence();
                RawSequence steps = model.raw().newSequence()) {
            int[] ids = TestLanguage.encode("seventeen tokens and some more of them");
            List<float[]> logits = new ArrayList<>();
            all.append(ids, (position, row) -> {
                assertThat(position).isEqualTo(logits.size());
                logits.add(row.clone());
            });
            assertThat(logits).hasSize(ids.length);
            for (int i = 0; i < ids.length; i++) {
                assertThat(steps.append(ids[i])).containsExactly(logits.get(i), within(TOLERANCE));
            }
        }
    }

    @Test
    void sessionsDecodedTogetherGiveWhatEachGivesAlone() throws Exception {
        try (LanguageModel model = exactModel()) {
            List<String> alone = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                try (ChatSession chat = model.chat()) {
                    alone.add(chat.send("question " + i, greedy(24)).await().text());
                }
            }
            List<CompletableFuture<Reply>> together = new ArrayList<>();
            List<ChatSession> chats = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                ChatSession chat = model.chat();
                chats.add(chat);
                together.add(chat.send("question " + i, greedy(24)).future());
            }
            for (int i = 0; i < 6; i++) {
                assertThat(together.get(i).get(60, TimeUnit.SECONDS).text()).isEqualTo(alone.get(i));
            }
            chats.forEach(ChatSession::close);
        }
    }

    @Test
    void theSameSeedGivesTheSameText() {
        try (LanguageModel model = exactModel()) {
            ChatOptions seeded = ChatOptions.of(
                    o -> o.temperature(1.5f).topK(0).topP(1).seed(11).maxTokens(30));
            List<String> texts = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                try (ChatSession chat = model.chat()) {
                    texts.add(chat.send("go", seeded).await().text());
                }
            }
            assertThat(Set.copyOf(texts)).hasSize(1);
        }
    }

    @Test
    void rawGenerationEqualsTheChat() {
        try (LanguageModel model = exactModel();
                ChatSession chat = model.chat();
                RawSequence sequence = model.raw().newSequence()) {
            int[] prompt = model.language().encode(TemplateInput.of(List.of(Message.user("go"))));
            RawReply raw =
                    sequence.generate(prompt, greedy(20), model.language().stopTokens());
            Reply reply = chat.send("go", greedy(20)).await();
            assertThat(raw.usage().promptTokens()).isEqualTo(reply.usage().promptTokens());
            assertThat(raw.finish()).isEqualTo(reply.finish());
            assertThat(model.tokenizer().decode(raw.tokens())).startsWith(reply.text());
        }
    }

    @Test
    void otherKvTypesAnswerToo() {
        for (KvType type : KvType.values()) {
            try (LanguageModel model = LanguageModel.loader().kvType(type).load(file);
                    ChatSession chat = model.chat()) {
                assertThat(chat.send("go", greedy(80)).await().usage().completionTokens())
                        .isPositive();
                assertThat(chat.send("go", greedy(20)).await().usage().cachedTokens())
                        .isPositive();
            }
        }
    }

    @Test
    void warmingUpLeavesNothingBehind() {
        try (LanguageModel model = exactModel();
                ChatSession chat = model.chat()) {
            model.warmUp();
            assertThat(chat.send("go", greedy(3)).await().usage().cachedTokens())
                    .isZero();
        }
    }

    @Test
    void progressGoesFromNothingToAll() {
        List<Double> progress = new ArrayList<>();
        try (LanguageModel model =
                LanguageModel.loader().onProgress(progress::add).load(file)) {
            assertThat(model.contextSize()).isEqualTo(RandomGguf.CONTEXT);
            assertThat(progress).isSorted().startsWith(0.0).endsWith(1.0);
        }
    }

    @Test
    void aLargerContextThanTrainedIsRefused() {
        assertThatThrownBy(() -> LanguageModel.loader().contextSize(100_000).load(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("100000", "512");
    }

    @Test
    void aFileThatIsNotThereIsNotFound() {
        assertThatThrownBy(() -> LanguageModel.load(folder.resolve("absent.gguf")))
                .isInstanceOf(ModelNotFoundException.class)
                .hasMessageContaining("absent.gguf");
    }

    @Test
    void aFileThatIsNoModelIsCorrupt() throws IOException {
        Path text = Files.writeString(folder.resolve("notes.txt"), "nothing here");
        assertThatThrownBy(() -> LanguageModel.load(text))
                .isInstanceOf(CorruptModelException.class)
                .hasMessageContaining("notes.txt");
        Path json = Files.writeString(folder.resolve("tokenizer.json"), "{}");
        assertThatThrownBy(() -> LanguageModel.load(json))
                .isInstanceOf(CorruptModelException.class)
                .hasMessageContainingAll("tokenizer.json", "weights");
        Path cut = Files.write(folder.resolve("cut.gguf"), Arrays.copyOf(Files.readAllBytes(file), 5_000));
        assertThatThrownBy(() -> LanguageModel.load(cut))
                .isInstanceOf(CorruptModelException.class)
                .hasMessageContaining("cut.gguf");
    }

    @Test
    void aTokenOutsideTheVocabularyIsRefused() {
        try (LanguageModel model = exactModel();
                RawSequence sequence = model.raw().newSequence()) {
            assertThatThrownBy(() -> sequence.append(1, TestLanguage.SIZE))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(String.valueOf(TestLanguage.SIZE));
            assertThatThrownBy(sequence::append).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> sequence.append(new int[RandomGguf.CONTEXT + 1]))
                    .isInstanceOf(ContextOverflowException.class);
        }
    }
}
