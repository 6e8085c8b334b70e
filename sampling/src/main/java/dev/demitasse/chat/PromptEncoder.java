package dev.demitasse.chat;

import dev.demitasse.chat.Rendering.Origin;
import dev.demitasse.chat.Rendering.Segment;
import dev.demitasse.tokenizer.AddedToken;
import dev.demitasse.tokenizer.SpecialText;
import dev.demitasse.tokenizer.SpecialTokens;
import dev.demitasse.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns conversations into token ids. Added tokens that the template wrote are tokens; text that came from a caller is
 * encoded as plain text, whatever it contains. Immutable, thread-safe.
 */
final class PromptEncoder {
    private final ChatTemplate template;
    private final Tokenizer tokenizer;

    /** Longest first: where two begin at one place, the longer one is meant. */
    private final List<AddedToken> addedTokens;

    PromptEncoder(ChatTemplate template, Tokenizer tokenizer) {
        this.template = template;
        this.tokenizer = tokenizer;
        this.addedTokens = tokenizer.vocabulary().addedTokens().stream()
                .filter(token -> !token.content().isEmpty())
                .sorted(Comparator.comparingInt(
                                (AddedToken token) -> token.content().length())
                        .reversed())
                .toList();
    }

    /**
     * A conversation that ended in the model's own tokens: they stand for their text when the conversation goes on,
     * whatever the tokenizer would have made of that text.
     *
     * @param text the rendering, up to the end of the model's reply
     * @param tokens token ids of the same text
     */
    record Transcript(String text, int[] tokens) {}

    /**
     * A prompt.
     *
     * @param text the rendering
     * @param tokens its token ids
     */
    record Prompt(String text, int[] tokens) {
        /** This prompt with the reply to it, generated as {@code generated}. */
        Transcript answered(String reply, int[] generated, Tokenizer tokenizer) {
            return new Transcript(text + reply, concat(tokens, tokensOf(reply, generated, tokenizer)));
        }
    }

    /**
     * Renders and encodes.
     *
     * @param known the conversation as it was after the last reply, or null; used if it is how this one begins
     * @throws TemplateException if the template cannot write the conversation
     */
    Prompt encode(TemplateInput input, @Nullable Transcript known) {
        Rendering rendering = template.render(input);
        String text = rendering.text();
        IntList tokens = new IntList();
        int from = 0;
        if (known != null
                && text.startsWith(known.text())
                && addedTokenAt(text, known.text().length()) != null) {
            tokens.addAll(known.tokens());
            from = known.text().length();
        }
        encodeFrom(rendering, from, tokens);
        return new Prompt(text, tokens.toArray());
    }

    private void encodeFrom(Rendering rendering, int from, IntList tokens) {
        StringBuilder plain = new StringBuilder();
        int start = 0;
        for (Segment segment : rendering.segments()) {
            int skip = Math.clamp(from - start, 0, segment.text().length());
            start += segment.text().length();
            String text = segment.text().substring(skip);
            if (segment.origin() == Origin.CALLER) {
                plain.append(text);
            } else {
                encodeTemplateText(text, plain, tokens);
            }
        }
        flush(plain, tokens);
    }

    private void encodeTemplateText(String text, StringBuilder plain, IntList tokens) {
        for (int at = 0; at < text.length(); ) {
            AddedToken token = addedTokenAt(text, at);
            if (token == null) {
                plain.append(text.charAt(at++));
            } else {
                flush(plain, tokens);
                tokens.add(token.id());
                at += token.content().length();
            }
        }
    }

    private void flush(StringBuilder plain, IntList tokens) {
        if (!plain.isEmpty()) {
            tokens.addAll(tokenizer.encode(plain.toString(), SpecialTokens.NONE));
            plain.setLength(0);
        }
    }

    private @Nullable AddedToken addedTokenAt(String text, int at) {
        for (AddedToken token : addedTokens) {
            if (text.startsWith(token.content(), at)) {
                return token;
            }
        }
        return null;
    }

    /**
     * Tokens of a reply: those generated, as far as they make up its text; the rest, if a stop string or an incomplete
     * character was cut off inside a token, is encoded.
     */
    private static int[] tokensOf(String reply, int[] generated, Tokenizer tokenizer) {
        int count = generated.length;
        String decoded = decode(generated, count, tokenizer);
        while (!reply.startsWith(decoded)) {
            decoded = decode(generated, --count, tokenizer);
        }
        int[] kept = Arrays.copyOf(generated, count);
        String rest = reply.substring(decoded.length());
        return rest.isEmpty() ? kept : concat(kept, tokenizer.encode(rest, SpecialTokens.NONE));
    }

    private static String decode(int[] tokens, int count, Tokenizer tokenizer) {
        return tokenizer.decode(Arrays.copyOf(tokens, count), SpecialText.SKIP);
    }

    private static int[] concat(int[] first, int[] second) {
        int[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
