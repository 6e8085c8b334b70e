package dev.demitasse.grammar;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a text may have led to: states that read a byte next, each with its stack. What follows a configuration
 * depends on nothing else, so all that is found out about it stays with it: its successors, the tokens that may come next,
 * how far it is to the end.
 */
final class Configuration {
    /** A state that reads a byte next, and the stack below. */
    record Item(State state, @Nullable Frame stack) {
        /** Fewest bytes to the end of everything. */
        int shortest() {
            return Math.min(state.shortestByEdge + Frame.shortestBelow(stack), State.NEVER);
        }

        @Override
        @SuppressWarnings("ReferenceEquality") // equal stacks are one object
        public boolean equals(@Nullable Object other) {
            return other instanceof Item item && state == item.state && stack == item.stack;
        }

        @Override
        public int hashCode() {
            return state.id * 31 + System.identityHashCode(stack);
        }
    }

    private static final int UNKNOWN = -1;

    /** Sorted, the states that are closest to the end of everything first. */
    private final Item[] items;
    /** Whether the text may end here. */
    private final boolean complete;
    /** Configurations after a byte of each class, null if not known yet, [classes]. */
    private final @Nullable Configuration[] next;

    private final int hash;

    /** Fewest tokens to the end along the shortest bytes. */
    private int tokensToEnd = UNKNOWN;

    private @Nullable TokenMask mask;

    Configuration(Set<Item> items, boolean complete, int classes) {
        this.items = items.toArray(new Item[0]);
        this.complete = complete;
        this.next = new @Nullable Configuration[this.items.length == 0 ? 0 : classes];
        Arrays.sort(
                this.items,
                Comparator.comparingInt(Item::shortest)
                        .thenComparingInt(item -> item.state.id)
                        .thenComparingInt(item -> System.identityHashCode(item.stack)));
        this.hash = Arrays.hashCode(this.items) * 2 + (complete ? 1 : 0);
        this.tokensToEnd = complete ? 0 : UNKNOWN;
    }

    Item[] items() {
        return items;
    }

    boolean isComplete() {
        return complete;
    }

    /** Whether no text leads here. */
    boolean isDead() {
        return !complete && items.length == 0;
    }

    boolean isExhausted() {
        return complete && items.length == 0;
    }

    @Nullable
    Configuration next(int byteClass) {
        return next[byteClass];
    }

    void setNext(int byteClass, Configuration configuration) {
        next[byteClass] = configuration;
    }

    /** The first byte of a shortest way to the end; the configuration behind it is one byte closer. */
    int shortestByte() {
        Item item = items[0];
        for (State.ByteEdge edge : item.state.byteEdges) {
            if (1 + edge.target().shortest == item.state.shortestByEdge) {
                return edge.low();
            }
        }
        throw new AssertionError("no way leads on from " + item.state);
    }

    boolean knowsTokensToEnd() {
        return tokensToEnd != UNKNOWN;
    }

    int tokensToEnd() {
        return tokensToEnd;
    }

    void setTokensToEnd(int tokens) {
        tokensToEnd = tokens;
    }

    @Nullable
    TokenMask mask() {
        return mask;
    }

    void setMask(@Nullable TokenMask mask) {
        this.mask = mask;
    }

    /** Equal if the same texts may follow for the same reasons. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Configuration configuration
                && complete == configuration.complete
                && Arrays.equals(items, configuration.items);
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
