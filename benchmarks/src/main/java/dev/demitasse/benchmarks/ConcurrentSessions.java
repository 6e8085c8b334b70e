package dev.demitasse.benchmarks;

import dev.demitasse.chat.ChatSession;
import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.Reply;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/**
 * How many tokens a second several sessions of one model generate together, compared with one alone: {@code java -cp
 * benchmarks.jar dev.demitasse.benchmarks.ConcurrentSessions MODEL [THREADS [TOKENS]]}. Stop tokens are ignored; prompts
 * are short, and their time is not counted.
 */
public final class ConcurrentSessions {
    private static final int[] SESSIONS = {1, 2, 4, 8, 16, 1};

    private ConcurrentSessions() {}

    /** Prints a table. */
    public static void main(String[] args) {
        int threads = args.length > 1 ? Integer.parseInt(args[1]) : 2;
        int tokens = args.length > 2 ? Integer.parseInt(args[2]) : 64;
        try (LanguageModel model = LanguageModel.loader().threads(threads).load(Path.of(args[0]))) {
            System.out.println(model.info() + ": " + tokens + " tokens a session");
            double unused = tokensPerSecond(model, 8, tokens / 2) + tokensPerSecond(model, 1, tokens / 2);
            double alone = 0;
            for (int sessions : SESSIONS) {
                double speed = tokensPerSecond(model, sessions, tokens);
                alone = alone == 0 ? speed : alone;
                System.out.println(String.format(
                        Locale.ROOT, "%3d sessions %8.2f tokens/s  %5.2f times one", sessions, speed, speed / alone));
            }
            System.out.println(model.stats() + (unused > 0 ? "" : "!"));
        }
    }

    /** Tokens that all sessions generate in a second once the last of them has begun. */
    private static double tokensPerSecond(LanguageModel model, int sessions, int tokens) {
        List<ChatSession> chats = new ArrayList<>();
        List<CompletableFuture<Reply>> replies = new ArrayList<>();
        for (int i = 0; i < sessions; i++) {
            ChatSession chat = model.newChat().system("").start();
            chats.add(chat);
            chat.preload("Count to " + i);
        }
        long start = System.nanoTime();
        for (ChatSession chat : chats) {
            // The most probable token that ends no turn.
            replies.add(chat.send(
                            "Count to " + chats.indexOf(chat),
                            o -> o.maxTokens(tokens).sampler(() -> (logits, _) -> best(logits, model)))
                    .future());
        }
        replies.forEach(CompletableFuture::join);
        double seconds = (System.nanoTime() - start) / 1e9;
        chats.forEach(ChatSession::close);
        return sessions * tokens / seconds;
    }

    private static int best(float[] logits, LanguageModel model) {
        for (int stop : model.language().stopTokens()) {
            logits[stop] = Float.NEGATIVE_INFINITY;
        }
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }
}
