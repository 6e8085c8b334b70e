package dev.demitasse.chat;

import dev.demitasse.chat.Rendering.Segment;
import dev.demitasse.tokenizer.AddedToken;
import dev.demitasse.tokenizer.SpecialText;
import dev.demitasse.tokenizer.SpecialTokens;
import dev.demitasse.tokenizer.Tokenizer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Turns conversations into token ids. Added tokens that the template wrote are tokens; text that came from a caller is
 * encoded as plain text, whatever it contains. Immutable, thread-safe.
 */
final class PromptEncoder {
    private final ChatTemplate template;
    private final Tokenizer tokenizer;

    PromptEncoder(ChatTemplate template, Tokenizer tokenizer) {
        this.template = template;
        this.tokenizer = tokenizer;
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
        if (known == null
                || !text.startsWith(known.text())
                || !addedTokenAt(text, known.text().length())) {
            return new Prompt(text, RenderingEncoder.encode(rendering, tokenizer));
        }
        Rendering rest = withoutStart(rendering, known.text().length());
        return new Prompt(text, concat(known.tokens(), RenderingEncoder.encode(rest, tokenizer)));
    }

    /** The rendering without its first {@code length} characters. */
    private static Rendering withoutStart(Rendering rendering, int length) {
        Rendering.Builder rest = new Rendering.Builder();
        int start = 0;
        for (Segment segment : rendering.segments()) {
            String text = segment.text();
            String kept = text.substring(Math.clamp(length - start, 0, text.length()));
            start += text.length();
            switch (segment.origin()) {
                case TEMPLATE -> rest.template(kept);
                case CALLER -> rest.caller(kept);
            }
        }
        return rest.build();
    }

    private boolean addedTokenAt(String text, int at) {
        for (AddedToken token : tokenizer.vocabulary().addedTokens()) {
            if (text.startsWith(token.content(), at)) {
                return true;
            }
        }
        return false;
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
