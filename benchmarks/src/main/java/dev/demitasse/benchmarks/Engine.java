package dev.demitasse.benchmarks;

/** A loaded model with one sequence, ours or a peer's, as far as all of them can be measured. For one thread at a time. */
interface Engine extends AutoCloseable {
    /** What is measured, with the settings that matter, for people. */
    String description();

    int vocabularySize();

    /** Reads tokens in batches of the engine's own size and computes the logits after the last of them. */
    void read(int[] tokens);

    /** Makes {@code count} passes of one token each, as llama-bench's text generation does. */
    void decode(int count);

    /**
     * Answers: reads a prompt, then samples tokens at temperature 0.7 from the best 20 and of those from 0.8 of the mass,
     * and decodes them to text.
     *
     * @return the text of {@code count} tokens
     */
    String answer(int[] prompt, int count);

    /** Forgets all tokens from {@code length} on. */
    void truncate(int length);

    @Override
    void close();

    /**
     * How an engine runs.
     *
     * @param threads that compute
     * @param context most tokens of the sequence
     */
    record Settings(int threads, int context) {}
}
