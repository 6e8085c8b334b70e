package dev.demitasse.chat;

import java.util.Set;

/**
 * A sequence of token ids that a {@link RawModel} has read, and its logits. For tools that measure or compare; chats use
 * {@link ChatSession}. For one thread at a time. An interrupt ends a call early and stays set.
 */
public final class RawSequence implements AutoCloseable {
    /** Takes the logits of a position. */
    @FunctionalInterface
    public interface LogitsConsumer {
        /**
         * Takes the logits of a position; runs on the model's own thread.
         *
         * @param position in the sequence
         * @param logits {@code [vocabularySize]}, the consumer's until it returns
         */
        void accept(int position, float[] logits);
    }

    private final RawModel model;
    private final TokenSequence sequence;

    RawSequence(RawModel model, TokenSequence sequence) {
        this.model = model;
        this.sequence = sequence;
    }

    /** Tokens read so far. */
    public int length() {
        return sequence.length();
    }

    /** Forgets all tokens from {@code length} on. */
    public void truncate(int length) {
        sequence.truncate(length);
    }

    /**
     * Reads tokens.
     *
     * @param tokens at least one
     * @return the logits after the last one, {@code [vocabularySize]}
     * @throws ContextOverflowException if they do not fit the context
     */
    public float[] append(int... tokens) {
        float[] last = new float[model.vocabularySize()];
        append(tokens, Engine.Logits.LAST, (_, logits) -> System.arraycopy(logits, 0, last, 0, last.length));
        return last;
    }

    /**
     * Reads tokens and gives the logits after each of them, in order.
     *
     * @param tokens at least one
     * @throws ContextOverflowException if they do not fit the context
     */
    public void append(int[] tokens, LogitsConsumer consumer) {
        append(tokens, Engine.Logits.ALL, consumer);
    }

    private void append(int[] tokens, Engine.Logits wanted, LogitsConsumer consumer) {
        int before = sequence.length();
        model.requireTokens(tokens);
        if (before + tokens.length > model.contextSize()) {
            throw new ContextOverflowException(before + tokens.length, model.contextSize());
        }
        AppendJob job = new AppendJob(
                sequence, tokens, wanted, (position, logits) -> consumer.accept(before + position, logits));
        model.scheduler().submit(job);
        job.await();
    }

    /**
     * Reads tokens and generates more, on the model's own thread without a pause, as a chat does.
     *
     * @param tokens at least one
     * @param options what is unset is off: nothing is inherited from the model. Stop strings are not looked for
     * @param stopTokens tokens that end the generation; they are not part of the result
     * @throws ContextOverflowException if the tokens do not fit the context
     */
    public RawReply generate(int[] tokens, ChatOptions options, Set<Integer> stopTokens) {
        model.requireTokens(tokens);
        if (sequence.length() + tokens.length >= model.contextSize()) {
            throw new ContextOverflowException(sequence.length() + tokens.length + 1, model.contextSize());
        }
        RawJob job = new RawJob(
                new TokenJob.Task(tokens.clone(), options, Set.copyOf(stopTokens), model.contextSize(), null),
                sequence);
        model.scheduler().submit(job);
        return Failures.await(job.reply(), job::cancel);
    }

    /** Frees the memory. Idempotent. */
    @Override
    public void close() {
        model.pool().close(sequence);
    }
}
