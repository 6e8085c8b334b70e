package dev.demitasse.examples.server;

import dev.demitasse.chat.TokenLogprob;
import dev.demitasse.tokenizer.TextStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The shapes of the choices of OpenAI's text completions, field by field in its order. Chunks have the same as the whole. */
final class TextCompletionJson {
    private TextCompletionJson() {}

    record Choice(
            String text,
            int index,
            @Nullable Logprobs logprobs,
            @Nullable String finishReason) {}

    /**
     * Log probabilities, one element a token in each list.
     *
     * @param textOffset how many characters of the choice's text come before the token's first
     */
    record Logprobs(
            List<String> tokens,
            List<Double> tokenLogprobs,
            List<Map<String, Double>> topLogprobs,
            List<Integer> textOffset) {}

    /** Writes the log probabilities of one choice, part by part. */
    static final class LogprobsWriter {
        private final ReplyTokens tokens;
        private final TextStream text;
        private int offset;

        LogprobsWriter(ReplyTokens tokens) {
            this.tokens = tokens;
            this.text = tokens.textStream();
        }

        Logprobs write(List<TokenLogprob> part) {
            Logprobs logprobs =
                    new Logprobs(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
            for (TokenLogprob entry : tokens.ofText(part)) {
                logprobs.tokens().add(tokens.textOrBytes(entry.token()));
                logprobs.tokenLogprobs().add(entry.logprob());
                logprobs.topLogprobs().add(alternatives(entry));
                logprobs.textOffset().add(offset);
                String completed = text.feed(entry.token());
                offset += completed.codePointCount(0, completed.length());
            }
            return logprobs;
        }

        /** The token itself is among them, as OpenAI has it: there may be one more than were asked for. */
        private Map<String, Double> alternatives(TokenLogprob entry) {
            Map<String, Double> byText = new LinkedHashMap<>();
            for (TokenLogprob.Alternative other : entry.top()) {
                byText.putIfAbsent(tokens.textOrBytes(other.token()), other.logprob());
            }
            byText.putIfAbsent(tokens.textOrBytes(entry.token()), entry.logprob());
            return byText;
        }
    }
}
