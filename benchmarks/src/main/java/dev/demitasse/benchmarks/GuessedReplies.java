package dev.demitasse.benchmarks;

import dev.demitasse.chat.ChatOptions;
import dev.demitasse.chat.ChatSession;
import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.Reply;
import dev.demitasse.chat.Timings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How often guessed tokens are right, and what that does for the time of replies, with a real model. Each question is asked
 * with and without, greedily, in a conversation of its own in which it has been asked and answered before: {@code java -cp
 * benchmarks.jar dev.demitasse.benchmarks.GuessedReplies MODEL QUESTION...}.
 */
public final class GuessedReplies {
    private static final int WARM_UP = 20;
    private static final int SAMPLES = 21;

    private GuessedReplies() {}

    /** Prints one line for each question. */
    public static void main(String[] args) {
        List<String> questions = Arrays.asList(args).subList(1, args.length);
        try (LanguageModel model = LanguageModel.loader().threads(2).load(Path.of(args[0]))) {
            System.out.println(model.info());
            for (int round = 0; round < WARM_UP; round++) {
                questions.forEach(question -> asked(model, question, 7));
            }
            for (String question : questions) {
                List<Double> ratios = new ArrayList<>();
                for (int i = 0; i < SAMPLES; i++) {
                    Timings plain = asked(model, question, 0).timings();
                    ratios.add(asked(model, question, 7).timings().decodeTokensPerSecond()
                            / plain.decodeTokensPerSecond());
                }
                Reply without = asked(model, question, 0);
                Reply with = asked(model, question, 7);
                Timings timings = with.timings();
                System.out.println(String.format(
                        Locale.ROOT,
                        "%d tokens, %d guessed, %d right, %.2f times the tokens a second, %s text: %s",
                        with.usage().completionTokens(),
                        timings.proposedTokens(),
                        timings.acceptedTokens(),
                        Median.of(ratios),
                        with.text().equals(without.text()) ? "same" : "other",
                        question));
            }
        }
    }

    private static Reply asked(LanguageModel model, String question, int guesses) {
        ChatOptions options = ChatOptions.of(o -> o.greedy().maxTokens(300).promptLookup(guesses));
        try (ChatSession chat = model.newChat().options(options).start()) {
            chat.send(question).await();
            return chat.send(question).await();
        }
    }
}
