package dev.demitasse.grammar;

import org.jspecify.annotations.Nullable;

/**
 * Where to go on when a rule ends: a stack, of which this is the top. Equal stacks of one {@link Automaton} are one
 * object.
 *
 * @param target the state behind the call
 * @param below the rest of the stack, or null at its bottom
 * @param shortest fewest bytes from {@code target} to the end of everything
 */
record Frame(State target, @Nullable Frame below, int shortest) {
    static Frame of(State target, @Nullable Frame below) {
        int rest = target.shortest + shortestBelow(below);
        return new Frame(target, below, Math.min(rest, State.NEVER));
    }

    /** Fewest bytes that follow the end of a rule that was called with this stack. */
    static int shortestBelow(@Nullable Frame stack) {
        return stack == null ? 0 : stack.shortest;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Frame frame && target == frame.target && below == frame.below;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(target) * 31 + System.identityHashCode(below);
    }
}
