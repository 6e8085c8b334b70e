package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.demitasse.demo.DemoModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions and requests with adapters beside others; what an adapter computes is tested with the forward pass. */
@Timeout(300)
class AdapterTest {
    private static final String QUESTION = "写一首关于春天的七言绝句";

    @TempDir
    private static Path folder;

    private static LanguageModel model;
    private static Path random;
    private static Path zero;
    private static String plain;
    private static String adapted;

    @BeforeAll
    static void load() throws IOException {
        random = AdapterFolder.write(folder.resolve("random"), new Random(5), 0.2f);
        zero = AdapterFolder.write(folder.resolve("zero"), new Random(6), 0);
        model = exact(LanguageModel.loader());
        try (ChatSession chat = greedy(model, null)) {
            plain = chat.ask(QUESTION);
        }
        // Read by nobody before, so that it cannot depend on what this class tests.
        try (LanguageModel fresh = exact(LanguageModel.loader().adapter(random));
                ChatSession chat = greedy(fresh, null)) {
            adapted = chat.ask(QUESTION);
        }
        assertThat(adapted).isNotEqualTo(plain);
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static LanguageModel exact(ModelLoader loader) {
        return loader.precision(Precision.EXACT).threads(2).load(DemoModel.path());
    }

    private static ChatSession greedy(LanguageModel model, @Nullable Adapter adapter) {
        ChatSession.Builder builder = model.newChat().options(o -> o.greedy().maxTokens(60));
        return (adapter == null ? builder : builder.adapter(adapter)).start();
    }

    @Test
    void sessionsWithAndWithoutAnAdapterNeverShareWhatTheyHaveRead() {
        try (Adapter adapter = model.loadAdapter(random);
                ChatSession without = greedy(model, null);
                ChatSession with = greedy(model, adapter);
                ChatSession again = greedy(model, adapter)) {
            assertThat(without.ask(QUESTION)).isEqualTo(plain);
            Reply first = with.send(QUESTION).await();
            assertThat(first.text()).isEqualTo(adapted);
            assertThat(first.usage().cachedTokens()).isZero();
            Reply second = again.send(QUESTION).await();
            assertThat(second.text()).isEqualTo(adapted);
            assertThat(second.usage().cachedTokens()).isPositive();
        }
    }

    @Test
    void requestsAreComputedTogetherEachWithItsOwnAdapter() {
        try (Adapter adapter = model.loadAdapter(random)) {
            List<CompletableFuture<Reply>> running = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                ChatRequest.Builder request = ChatRequest.builder()
                        .user(QUESTION)
                        .options(o -> o.greedy().maxTokens(60));
                running.add(model.send((i % 2 == 0 ? request : request.adapter(adapter)).build())
                        .future());
            }
            for (int i = 0; i < 6; i++) {
                assertThat(running.get(i).join().text()).isEqualTo(i % 2 == 0 ? plain : adapted);
            }
        }
    }

    @Test
    void anAdapterThatAddsNothingChangesNothing() {
        try (Adapter adapter = model.loadAdapter(zero);
                Adapter none = model.loadAdapter(random, 0);
                ChatSession chat = greedy(model, adapter);
                ChatSession other = greedy(model, none)) {
            assertThat(chat.ask(QUESTION)).isEqualTo(plain);
            assertThat(other.ask(QUESTION)).isEqualTo(plain);
        }
    }

    @Test
    void theStrengthOfAnAdapterCounts() {
        try (Adapter full = model.loadAdapter(random, 1);
                Adapter third = model.loadAdapter(random, 1 / 3f);
                ChatSession one = greedy(model, full);
                ChatSession other = greedy(model, third)) {
            assertThat(one.ask(QUESTION)).isEqualTo(adapted);
            assertThat(other.ask(QUESTION)).isNotEqualTo(adapted);
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
    void aStrengthThatIsNoNumberIsRefused(float strength) {
        assertThatThrownBy(() -> model.loadAdapter(random, strength))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("strength must be a finite number, got " + strength);
        assertThatThrownBy(() -> LanguageModel.loader().adapter(random, strength))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void forksAndLaterTurnsKeepTheAdapterAlsoWhenItIsClosed() {
        Adapter adapter = model.loadAdapter(random);
        try (ChatSession chat = greedy(model, adapter)) {
            adapter.close();
            adapter.close();
            assertThat(chat.ask(QUESTION)).isEqualTo(adapted);
            assertThatThrownBy(() -> greedy(model, adapter)).isInstanceOf(IllegalStateException.class);
            ChatRequest request =
                    ChatRequest.builder().user("hi").adapter(adapter).build();
            assertThatThrownBy(() -> model.send(request)).isInstanceOf(IllegalStateException.class);
            try (ChatSession fork = chat.fork()) {
                assertThat(fork.ask("再来一首")).isEqualTo(chat.ask("再来一首"));
            }
        }
        assertThatThrownBy(() -> greedy(model, adapter))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("was closed");
    }

    @Test
    void aSavedSessionGoesOnWithTheSameAdapterOnly() {
        Path saved = folder.resolve("adapted.session");
        String next;
        try (Adapter adapter = model.loadAdapter(random);
                ChatSession chat = greedy(model, adapter)) {
            assertThat(chat.ask(QUESTION)).isEqualTo(adapted);
            chat.save(saved);
            next = chat.ask("再来一首");
        }
        try (Adapter again = model.loadAdapter(random);
                Adapter weaker = model.loadAdapter(random, 0.5f)) {
            try (ChatSession restored =
                    model.newChat().adapter(again).restore(saved).start()) {
                Reply reply = restored.send("再来一首").await();
                assertThat(reply.text()).isEqualTo(next);
                assertThat(reply.usage().cachedTokens()).isPositive();
            }
            ChatSession.Builder none = model.newChat().restore(saved);
            assertThatThrownBy(none::start)
                    .isInstanceOf(SavedSessionException.class)
                    .hasMessageContaining("and the adapter");
            ChatSession.Builder other = model.newChat().adapter(weaker).restore(saved);
            assertThatThrownBy(other::start).isInstanceOf(SavedSessionException.class);
        }
    }

    @Test
    void anAdapterWorksWithTheModelItWasLoadedForOnly() {
        try (LanguageModel second = exact(LanguageModel.loader());
                Adapter adapter = model.loadAdapter(random)) {
            assertThatThrownBy(() -> greedy(second, adapter))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("loaded for another model");
            ChatRequest request =
                    ChatRequest.builder().user("hi").adapter(adapter).build();
            assertThatThrownBy(() -> second.send(request)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void whatIsNoAdapterIsRefusedByName() throws IOException {
        assertThatThrownBy(() -> model.loadAdapter(folder.resolve("absent")))
                .isInstanceOf(ModelLoadException.class)
                .hasMessageContaining("absent");
        assertThatThrownBy(() -> model.loadAdapter(DemoModel.path())).isInstanceOf(ModelLoadException.class);
        Path cut = AdapterFolder.write(folder.resolve("cut"), new Random(7), 0.1f);
        Path weights = cut.resolve("adapter_model.safetensors");
        byte[] whole = Files.readAllBytes(weights);
        Files.write(weights, Arrays.copyOf(whole, whole.length - 1000));
        assertThatThrownBy(() -> model.loadAdapter(cut))
                .isInstanceOf(CorruptModelException.class)
                .hasMessageContaining("adapter_model.safetensors");
        assertThatThrownBy(() -> exact(LanguageModel.loader().adapter(cut))).isInstanceOf(CorruptModelException.class);
    }
}
