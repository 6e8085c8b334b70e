package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a turn re-uses, from its own session or from others, is what a cold run computes: see docs/NUMERICS.md. */
@Timeout(180)
class ReuseTest {
    private static final String SYSTEM = "You answer in verse, and never twice alike. 你是诗人。".repeat(3);

    @TempDir
    private static Path folder = Path.of("");

    private static Path file = Path.of("");

    @BeforeAll
    static void writeModel() {
        file = RandomGguf.write(folder);
    }

    private static ModelLoader loader(KvType type) {
        return LanguageModel.loader().kvType(type).kernels(KernelChoice.SCALAR).threads(2);
    }

    /** Largest difference of a logit with f32; rms over standard deviation with the types that round. */
    private static void assertAlike(float[] warm, float[] cold, KvType type) {
        double squares = 0;
        double sum = 0;
        double sumOfSquares = 0;
        double largest = 0;
        for (int i = 0; i < cold.length; i++) {
            double difference = warm[i] - cold[i];
            squares += difference * difference;
            sum += cold[i];
            sumOfSquares += (double) cold[i] * cold[i];
            largest = Math.max(largest, Math.abs(difference));
        }
        double mean = sum / cold.length;
        double rms = Math.sqrt(squares / cold.length) / Math.sqrt(sumOfSquares / cold.length - mean * mean);
        switch (type) {
            case F32 -> assertThat(largest).isLessThanOrEqualTo(1e-4);
            case F16 -> assertThat(rms).isLessThanOrEqualTo(0.002);
            case INT8 -> assertThat(rms).isLessThanOrEqualTo(0.02);
        }
    }

    /** Notes prompt and first logits of a turn. */
    private static final class Seen {
        int[] prompt = {};
        float[] logits = {};

        ChatOptions options(int tokens, Random random) {
            return ChatOptions.of(o -> o.maxTokens(tokens).sampler(() -> (values, history) -> {
                if (history.size() == history.promptSize()) {
                    logits = values.clone();
                    prompt = new int[history.promptSize()];
                    for (int i = 0; i < prompt.length; i++) {
                        prompt[i] = history.token(i);
                    }
                }
                // Any bytes: what a tokenizer would never write in this way.
                return random.nextInt(256);
            }));
        }
    }

    @ParameterizedTest
    @EnumSource
    void turnsAfterEditsRewindsAndForksEqualColdOnes(KvType type) {
        Random random = new Random(3);
        long cached = 0;
        try (LanguageModel model = loader(type).load(file);
                RawSequence cold = model.raw().newSequence()) {
            List<ChatSession> chats = new ArrayList<>();
            chats.add(model.newChat().system(SYSTEM).start());
            for (int step = 0; step < 60; step++) {
                ChatSession chat = chats.get(random.nextInt(chats.size()));
                switch (random.nextInt(6)) {
                    case 0 -> chat.rewind(random.nextInt(chat.history().size() / 2 + 1) * 2);
                    case 1 -> chats.add(chat.fork());
                    case 2 -> chats.add(model.newChat().system(SYSTEM).start());
                    case 3 -> chat.preload("q");
                    default -> {}
                }
                if (chat.context().used() > RandomGguf.CONTEXT - 100) {
                    chat.rewind(chat.history().size());
                }
                Seen seen = new Seen();
                Reply reply = chat.send("q" + random.nextInt(4), seen.options(1 + random.nextInt(30), random))
                        .await();
                cached += reply.usage().cachedTokens();
                cold.truncate(0);
                assertAlike(seen.logits, cold.append(seen.prompt), type);
            }
            chats.forEach(ChatSession::close);
        }
        assertThat(cached).isGreaterThan(60L * 60);
    }

    @ParameterizedTest
    @EnumSource
    void statelessRequestsOverAnEditedConversationEqualColdOnes(KvType type) {
        Random random = new Random(4);
        long cached = 0;
        try (LanguageModel model = loader(type).load(file);
                RawSequence cold = model.raw().newSequence()) {
            List<Message> conversation = new ArrayList<>(List.of(Message.system(SYSTEM)));
            for (int step = 0; step < 60; step++) {
                int kept = 1 + random.nextInt(conversation.size());
                conversation.subList(kept, conversation.size()).clear();
                if (conversation.size() > 5) {
                    conversation.subList(1, conversation.size()).clear();
                }
                conversation.add(Message.user("q" + random.nextInt(3)));
                Seen seen = new Seen();
                Reply reply = model.send(ChatRequest.builder()
                                .messages(conversation)
                                .options(seen.options(1 + random.nextInt(20), random))
                                .build())
                        .await();
                conversation.add(Message.assistant(reply.text()));
                cached += reply.usage().cachedTokens();
                cold.truncate(0);
                assertAlike(seen.logits, cold.append(seen.prompt), type);
            }
        }
        assertThat(cached).isGreaterThan(60L * 60);
    }

    @Test
    void aSystemMessageIsReadOnceForAllSessions() {
        try (LanguageModel model = loader(KvType.F32).load(file)) {
            int system = model.language()
                    .encode(TemplateInput.of(List.of(Message.system(SYSTEM))).withGenerationPrompt(false))
                    .length;
            ChatOptions one = ChatOptions.of(o -> o.maxTokens(1));
            try (ChatSession first = model.newChat().system(SYSTEM).start();
                    ChatSession second = model.newChat().system(SYSTEM).start()) {
                assertThat(first.send("a", one).await().usage().cachedTokens()).isZero();
                assertThat(second.send("b", one).await().usage().cachedTokens()).isGreaterThanOrEqualTo(system);
            }
            // Both are closed: what remains is the system message, and nothing that was asked.
            long left = model.stats().kvBytes();
            assertThat(left).isPositive();
            try (ChatSession later = model.newChat().system(SYSTEM).start()) {
                Usage usage = later.send("a", one).await().usage();
                assertThat(usage.cachedTokens()).isBetween(system, system + 10);
            }
            assertThat(model.stats().kvBytes()).isEqualTo(left);
        }
    }

    @Test
    void sessionsThatStartTogetherReadTheirSystemMessageOnce() {
        try (LanguageModel model = loader(KvType.F16).load(file)) {
            List<ChatSession> chats = new ArrayList<>();
            List<Generation> turns = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                ChatSession chat = model.newChat().system(SYSTEM).start();
                chats.add(chat);
                turns.add(chat.send("q" + i, o -> o.maxTokens(3)));
            }
            turns.stream()
                    .map(Generation::future)
                    .toList()
                    .forEach(reply -> assertThat(reply.join()).isNotNull());
            Stats stats = model.stats();
            long read = stats.promptTokens() - stats.cachedTokens();
            assertThat(read).isLessThan(stats.promptTokens() / 20 + 20 * 40);
            chats.forEach(ChatSession::close);
        }
    }

    @Test
    void aHundredForksReadASystemMessageOnceAndTakeTheirOwnTails() {
        Path longer = RandomGguf.write(folder, 4096);
        try (LanguageModel model = LanguageModel.loader()
                .kvType(KvType.F16)
                .kernels(KernelChoice.SCALAR)
                .threads(2)
                .load(longer)) {
            ChatSession base = model.newChat().system("x".repeat(2000)).start();
            base.preload("");
            long bytes = model.stats().kvBytes();
            long page = model.engine().writtenBytes(32);
            List<ChatSession> forks = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                forks.add(base.fork());
            }
            assertThat(model.stats().kvBytes()).isEqualTo(bytes);
            for (int i = 0; i < 100; i++) {
                Reply reply = forks.get(i).send("q" + i, o -> o.maxTokens(4)).await();
                assertThat(reply.usage().cachedTokens()).isGreaterThan(2000);
            }
            // The page that question and answer begin in, and the one they reach into.
            assertThat(model.stats().kvBytes()).isBetween(bytes + 100 * page, bytes + 200 * page);
            Stats stats = model.stats();
            assertThat(stats.promptTokens() - stats.cachedTokens()).isLessThan(100 * 40);
            base.close();
            Reply reply = forks.getFirst().send("r", o -> o.maxTokens(4)).await();
            assertThat(reply.usage().cachedTokens()).isGreaterThan(2000);
            forks.forEach(ChatSession::close);
        }
    }

    @Test
    void withoutAPrefixCacheNothingIsShared() {
        try (LanguageModel model = loader(KvType.F32).prefixCache(0).load(file);
                ChatSession first = model.newChat().system(SYSTEM).start();
                ChatSession second = model.newChat().system(SYSTEM).start()) {
            ChatOptions one = ChatOptions.of(o -> o.maxTokens(1));
            first.send("a", one).await();
            assertThat(second.send("a", one).await().usage().cachedTokens()).isZero();
            assertThat(first.send("b", one).await().usage().cachedTokens()).isPositive();
            ChatRequest request =
                    ChatRequest.builder().user("hello").options(one).build();
            model.send(request).await();
            assertThat(model.send(request).await().usage().cachedTokens()).isZero();
        }
    }
}
