package dev.demitasse.grammar;

import dev.demitasse.grammar.State.ByteEdge;
import java.util.List;

/**
 * An expression as a pushdown automaton over the bytes of UTF-8: an automaton for each rule, which calls others. Knows the
 * shortest text of everything. Immutable, thread-safe.
 */
public final class Grammar {
    private final State start;
    private final byte[] classes;
    private final int classCount;

    private Grammar(State start, List<State> states) {
        this.start = start;
        boolean[] begins = new boolean[257];
        for (State state : states) {
            for (ByteEdge edge : state.byteEdges) {
                begins[edge.low()] = true;
                begins[edge.high() + 1] = true;
            }
        }
        this.classes = new byte[256];
        int current = 0;
        for (int value = 0; value < 256; value++) {
            current += begins[value] && value > 0 ? 1 : 0;
            classes[value] = (byte) current;
        }
        this.classCount = current + 1;
    }

    /**
     * Makes the automaton.
     *
     * @throws GrammarException if a rule has no definition, is left-recursive, or no finite text satisfies the expression;
     *     or if it is too large
     */
    public static Grammar of(Expression expression) {
        GrammarCompiler compiler = new GrammarCompiler();
        State start = compiler.compile(expression);
        return new Grammar(start, compiler.states());
    }

    /** Bytes of the shortest text. */
    public int shortest() {
        return start.shortest;
    }

    State start() {
        return start;
    }

    /** Bytes that no part of the grammar tells apart have the same class. */
    int byteClass(int value) {
        return classes[value] & 0xff;
    }

    int classCount() {
        return classCount;
    }
}
