package dev.demitasse.chat;

import dev.demitasse.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/**
 * What a {@link ChatTemplate} wrote: text of the template's own and text that came from the caller, kept apart, so that
 * {@code <|im_end|>} inside a user's message never becomes a special token. Immutable.
 */
public final class Rendering {
    /**
     * A run of text with one origin.
     *
     * @param text never empty
     * @param origin who wrote it
     */
    public record Segment(String text, Origin origin) {}

    /** Who wrote a segment. */
    public enum Origin {
        /** The template: its added tokens are tokens. */
        TEMPLATE,
        /** The caller: all of it is plain text. */
        CALLER
    }

    private final List<Segment> segments;

    private Rendering(List<Segment> segments) {
        this.segments = segments;
    }

    /** The segments in order; neighbours differ in origin. */
    public List<Segment> segments() {
        return segments;
    }

    /** The whole text. */
    public String text() {
        StringBuilder text = new StringBuilder();
        for (Segment segment : segments) {
            text.append(segment.text());
        }
        return text.toString();
    }

    /**
     * The token ids: the added tokens that the template wrote, and everything else as plain text.
     *
     * @param tokenizer of the model that the template belongs to
     */
    public int[] encode(Tokenizer tokenizer) {
        return RenderingEncoder.encode(this, tokenizer);
    }

    /** The length alone: what people write is not for logs. */
    @Override
    public String toString() {
        return "rendering of " + segments.size() + " segments";
    }

    /** Collects segments. One use by one thread. */
    public static final class Builder {
        private final List<Segment> segments = new ArrayList<>();
        private final StringBuilder current = new StringBuilder();
        private Origin origin = Origin.TEMPLATE;

        /** Makes an empty builder. */
        public Builder() {}

        /** Appends text of the template's own: added tokens in it become tokens. */
        public Builder template(String text) {
            return append(text, Origin.TEMPLATE);
        }

        /** Appends text from the caller: all of it stays text. */
        public Builder caller(String text) {
            return append(text, Origin.CALLER);
        }

        /** What was appended so far. */
        public Rendering build() {
            flush();
            return new Rendering(List.copyOf(segments));
        }

        private Builder append(String text, Origin from) {
            if (text.isEmpty()) {
                return this;
            }
            if (from != origin) {
                flush();
                origin = from;
            }
            current.append(text);
            return this;
        }

        private void flush() {
            if (!current.isEmpty()) {
                segments.add(new Segment(current.toString(), origin));
                current.setLength(0);
            }
        }
    }
}
