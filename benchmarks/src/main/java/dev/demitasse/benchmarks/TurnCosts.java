package dev.demitasse.benchmarks;

import dev.demitasse.chat.ChatSession;
import dev.demitasse.chat.Event;
import dev.demitasse.chat.Generation;
import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.testing.ScriptedModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What turns cost beyond arithmetic: the ways to consume one, cancelling one, and a turn of a model without weights:
 * {@code java -cp benchmarks.jar dev.demitasse.benchmarks.TurnCosts MODEL [THREADS]}.
 */
public final class TurnCosts {
    private static final int TOKENS = 48;
    private static final int SAMPLES = 7;
    private static final int SCRIPTED_TURNS = 2000;

    private TurnCosts() {}

    /** Prints one line for each. */
    public static void main(String[] args) throws InterruptedException {
        int threads = args.length > 1 ? Integer.parseInt(args[1]) : 2;
        scripted();
        try (LanguageModel model = LanguageModel.loader().threads(threads).load(Path.of(args[0]));
                ChatSession chat = model.newChat().system("").start()) {
            System.out.println(model.info());
            for (int round = 0; round < 2; round++) {
                shapes(chat);
            }
            cancelling(chat, "while decoding", "Tell me a story", event -> event instanceof Event.Text);
            cancelling(chat, "while reading a prompt", MixedText.of(3, 6000), event -> event instanceof Event.Prefill);
        }
    }

    private static void scripted() {
        for (int round = 0; round < 2; round++) {
            long start = System.nanoTime();
            for (int i = 0; i < SCRIPTED_TURNS; i++) {
                try (ScriptedModel model = ScriptedModel.replying("Because of the air.");
                        ChatSession chat = model.chat()) {
                    chat.ask("Why is the sky blue?");
                }
            }
            double milliseconds = (System.nanoTime() - start) / 1e6 / SCRIPTED_TURNS;
            System.out.println(String.format(
                    Locale.ROOT, "scripted model, session and one turn: %.3f ms, round %d", milliseconds, round + 1));
        }
    }

    private static void shapes(ChatSession chat) throws InterruptedException {
        System.out.println(String.format(
                Locale.ROOT, "await:     %.1f tokens/s", rate(() -> turn(chat).await())));
        System.out.println(String.format(
                Locale.ROOT,
                "onText:    %.1f tokens/s",
                rate(() -> turn(chat).onText(_ -> {}).await())));
        System.out.println(String.format(
                Locale.ROOT, "loop:      %.1f tokens/s", rate(() -> turn(chat).forEach(_ -> {}))));
        System.out.println(String.format(
                Locale.ROOT,
                "publisher: %.1f tokens/s",
                rate(() -> consumeOneByOne(turn(chat).publisher()))));
    }

    private static Generation turn(ChatSession chat) {
        chat.clear();
        // Random weights may end a turn; the same seed ends it at the same place each time.
        return chat.send("Count", o -> o.maxTokens(TOKENS).seed(1));
    }

    /** A turn of the application's own making. */
    @FunctionalInterface
    private interface Turn {
        void run() throws InterruptedException;
    }

    private static double rate(Turn turn) throws InterruptedException {
        long start = System.nanoTime();
        turn.run();
        return TOKENS / ((System.nanoTime() - start) / 1e9);
    }

    private static void consumeOneByOne(Flow.Publisher<String> publisher) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        publisher.subscribe(new Flow.Subscriber<>() {
            private Flow.@Nullable Subscription subscription;

            @Override
            public void onSubscribe(Flow.Subscription given) {
                subscription = given;
                given.request(1);
            }

            @Override
            public void onNext(String piece) {
                if (subscription != null) {
                    subscription.request(1);
                }
            }

            @Override
            public void onError(Throwable failure) {
                done.countDown();
            }

            @Override
            public void onComplete() {
                done.countDown();
            }
        });
        done.await();
    }

    /** From the call of cancel, made at the first event of a kind, until the turn has ended. */
    private static void cancelling(ChatSession chat, String when, String question, Predicate<Event> at) {
        List<Double> samples = new ArrayList<>();
        for (int i = 0; i < SAMPLES; i++) {
            chat.clear();
            long[] cancelled = new long[1];
            Generation turn = chat.send(question + i, o -> o.maxTokens(200));
            turn.onEvent(event -> {
                        if (cancelled[0] == 0 && at.test(event)) {
                            cancelled[0] = System.nanoTime();
                            turn.cancel();
                        }
                    })
                    .await();
            samples.add((System.nanoTime() - cancelled[0]) / 1e6);
        }
        System.out.println(String.format(
                Locale.ROOT,
                "cancelled %s: median %.1f ms, longest %.1f ms",
                when,
                Median.of(samples),
                Collections.max(samples)));
    }
}
