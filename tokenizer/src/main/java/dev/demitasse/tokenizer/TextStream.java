package dev.demitasse.tokenizer;

import java.util.Arrays;

/**
 * Turns token ids that arrive one by one into text, never giving out part of a character.
 *
 * <p>All pieces and the flush together are what {@link Tokenizer#decode} gives for all ids. Not thread-safe: one stream
 * belongs to one generation.
 */
public final class TextStream {
    private final Vocabulary vocabulary;
    private final SpecialText specialText;
    /** Bytes that are not given out yet: between calls, at most the first three of a character. */
    private byte[] pending = new byte[64];

    private int length;

    TextStream(Vocabulary vocabulary, SpecialText specialText) {
        this.vocabulary = vocabulary;
        this.specialText = specialText;
    }

    /**
     * Takes the next token and returns the text that became final with it, often {@code ""}. Bytes that cannot be part
     * of any character become U+FFFD. An id without a token gives no text.
     *
     * @throws IllegalArgumentException if the id is negative
     */
    public String feed(int id) {
        append(id);
        int tail = Utf8.incompleteTail(pending, length);
        String text = Utf8.decode(pending, 0, length - tail);
        System.arraycopy(pending, length - tail, pending, 0, tail);
        length = tail;
        return text;
    }

    /** Ends the text: returns U+FFFD for the start of a character that never came to its end, otherwise {@code ""}. */
    public String flush() {
        String text = Utf8.decode(pending, 0, length);
        length = 0;
        return text;
    }

    /** Adds the bytes of a token without giving out anything. */
    void append(int id) {
        if (id < 0) {
            throw new IllegalArgumentException("token id is " + id + "; expected 0 or more");
        }
        if (id >= vocabulary.size() || (specialText == SpecialText.SKIP && vocabulary.isSpecial(id))) {
            return;
        }
        int tokenLength = vocabulary.tokenLength(id);
        if (tokenLength > pending.length - length) {
            pending = Arrays.copyOf(pending, Math.max(length + tokenLength, 2 * pending.length));
        }
        length += vocabulary.copyTokenBytes(id, pending, length);
    }
}
