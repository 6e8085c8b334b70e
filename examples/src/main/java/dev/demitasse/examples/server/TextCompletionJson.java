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
     * Log probabilities, one element a token in each list; null where nothing comes before the token. The token that ended
     * the text is among them: programs count on an element for each token that was generated.
     *
     * @param textOffset how many characters of the choice's text come before the token's first
     */
    record Logprobs(
            List<String> tokens,
            List<@Nullable Double> tokenLogprobs,
            List<@Nullable Map<String, Double>> topLogprobs,
            List<Integer> textOffset) {

        Logprobs() {
            this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        }
    }

    /**
     * What a choice's text begins with.
     *
     * @param text the prompt, if it is echoed, else ""
     * @param prompt its token ids, if it is echoed
     * @param scored log probabilities of all of them but the first, if they are asked for
     */
    record Echo(String text, int[] prompt, List<dev.demitasse.sampling.Logprobs> scored) {
        static final Echo NONE = new Echo("", new int[0], List.of());
    }

    /** Writes the log probabilities of one choice, part by part. */
    static final class LogprobsWriter {
        private final ReplyTokens tokens;
        private final TextStream text;
        private int offset;

        LogprobsWriter(ReplyTokens tokens) {
            this.tokens = tokens;
            this.text = tokens.textStream();
        }

        /** Those of an echoed prompt, which come before all others. */
        Logprobs begin(Echo echo) {
            Logprobs logprobs = new Logprobs();
            if (echo.prompt().length == 0) {
                return logprobs;
            }
            TextStream echoed = tokens.promptStream();
            add(echo.prompt()[0], null, null, echoed, logprobs);
            for (dev.demitasse.sampling.Logprobs entry : echo.scored()) {
                Map<String, Double> top = new LinkedHashMap<>();
                entry.top().forEach(other -> top.putIfAbsent(tokens.textOrBytes(other.token()), other.logprob()));
                add(entry.chosen().token(), entry.chosen().logprob(), top, echoed, logprobs);
            }
            return logprobs;
        }

        /** Adds those of a part of the reply. */
        Logprobs write(List<TokenLogprob> part, Logprobs logprobs) {
            for (TokenLogprob entry : part) {
                Map<String, Double> top = new LinkedHashMap<>();
                entry.top().forEach(other -> top.putIfAbsent(tokens.textOrBytes(other.token()), other.logprob()));
                add(entry.token(), entry.logprob(), top, text, logprobs);
            }
            return logprobs;
        }

        /** @param top the most likely tokens, to which the token itself is added: there may be one more than asked for */
        private void add(
                int token,
                @Nullable Double logprob,
                @Nullable Map<String, Double> top,
                TextStream text,
                Logprobs logprobs) {
            String name = tokens.textOrBytes(token);
            if (top != null && logprob != null) {
                top.putIfAbsent(name, logprob);
            }
            logprobs.tokens().add(name);
            logprobs.tokenLogprobs().add(logprob);
            logprobs.topLogprobs().add(top);
            logprobs.textOffset().add(offset);
            String completed = text.feed(token);
            offset += completed.codePointCount(0, completed.length());
        }
    }
}
