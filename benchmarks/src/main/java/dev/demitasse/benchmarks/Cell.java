package dev.demitasse.benchmarks;

import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One figure of the table: {@code pp128} reads 128 tokens, {@code tg100} decodes 100, {@code tg32@2048} decodes 32 with
 * 2048 in the cache before, {@code e2e} reads 20 and answers with 100, text included. All in tokens a second.
 */
record Cell(String name, Kind kind, int tokens, int depth) {
    private static final Pattern SYNTAX = Pattern.compile("(pp|tg)([1-9]\\d{0,4})(?:@(\\d{1,5}))?");
    private static final int ANSWER_PROMPT = 20;
    private static final int ANSWER_TOKENS = 100;

    /** What is measured. */
    enum Kind {
        PREFILL,
        DECODE,
        END_TO_END
    }

    /**
     * Reads a name.
     *
     * @throws IllegalArgumentException if it is none
     */
    static Cell of(String name) {
        if (name.equals("e2e")) {
            return new Cell(name, Kind.END_TO_END, ANSWER_TOKENS, 0);
        }
        Matcher matcher = SYNTAX.matcher(name);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "there is no test " + name + "; expected pp128, tg100, tg32@2048 or e2e, with any numbers");
        }
        String depth = matcher.group(3);
        return new Cell(
                name,
                matcher.group(1).equals("pp") ? Kind.PREFILL : Kind.DECODE,
                Integer.parseInt(matcher.group(2)),
                depth == null ? 0 : Integer.parseInt(depth));
    }

    /** Positions it needs in the context. */
    int positions() {
        return depth + tokens + (kind == Kind.END_TO_END ? ANSWER_PROMPT : 0);
    }

    /** Measures once, with {@link #depth} tokens in the sequence, and leaves it so. Returns tokens a second. */
    double measure(Engine engine, Random random) {
        int[] prompt = prompt(engine, kind == Kind.END_TO_END ? ANSWER_PROMPT : tokens, random);
        long start = System.nanoTime();
        switch (kind) {
            case PREFILL -> engine.read(prompt);
            case DECODE -> engine.decode(tokens);
            case END_TO_END -> {
                String text = engine.answer(prompt, ANSWER_TOKENS);
                if (text.isEmpty()) {
                    throw new IllegalStateException(engine.description() + " answered with no text");
                }
            }
        }
        long nanos = System.nanoTime() - start;
        engine.truncate(depth);
        return tokens / (nanos / 1e9);
    }

    static int[] prompt(Engine engine, int length, Random random) {
        return random.ints(length, 0, engine.vocabularySize()).toArray();
    }
}
