package dev.demitasse.chat;

import dev.demitasse.tokenizer.AddedToken;
import dev.demitasse.tokenizer.SpecialTokens;
import dev.demitasse.tokenizer.Tokenizer;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Encodes a rendering so that text from a caller never becomes an added token: the text is cut at the added tokens that
 * the template itself wrote, and everything between two of them, whoever wrote it, is encoded as one plain text.
 */
final class RenderingEncoder {
    private final Tokenizer tokenizer;
    private final List<AddedToken> addedTokens;
    private final StringBuilder plain = new StringBuilder();
    private final IntStream.Builder ids = IntStream.builder();

    private RenderingEncoder(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        this.addedTokens = tokenizer.vocabulary().addedTokens();
    }

    static int[] encode(Rendering rendering, Tokenizer tokenizer) {
        RenderingEncoder encoder = new RenderingEncoder(tokenizer);
        for (Rendering.Segment segment : rendering.segments()) {
            switch (segment.origin()) {
                case TEMPLATE -> encoder.template(segment.text());
                case CALLER -> encoder.plain.append(segment.text());
            }
        }
        encoder.flush();
        return encoder.ids.build().toArray();
    }

    private void template(String text) {
        for (int i = 0; i < text.length(); ) {
            AddedToken token = longestAt(text, i);
            if (token == null) {
                plain.append(text.charAt(i));
                i++;
            } else {
                flush();
                ids.add(token.id());
                i += token.content().length();
            }
        }
    }

    private @Nullable AddedToken longestAt(String text, int position) {
        AddedToken longest = null;
        for (AddedToken token : addedTokens) {
            if (text.startsWith(token.content(), position)
                    && (longest == null
                            || token.content().length() > longest.content().length())) {
                longest = token;
            }
        }
        return longest;
    }

    private void flush() {
        if (!plain.isEmpty()) {
            for (int id : tokenizer.encode(plain.toString(), SpecialTokens.NONE)) {
                ids.add(id);
            }
            plain.setLength(0);
        }
    }
}
