package dev.demitasse.grammar;

import java.util.ArrayList;
import java.util.List;

/** A state of a rule's automaton: bytes lead on, other rules may be called, and the rule may end here. */
final class State {
    /** More bytes than anything takes: the end cannot be reached. */
    static final int NEVER = Integer.MAX_VALUE / 2;

    /** Any byte from {@code low} to {@code high} leads to {@code target}. */
    record ByteEdge(int low, int high, State target) {}

    /** The text of another rule leads to {@code target}. */
    record Call(State callee, State target) {}

    final int id;
    /** Whether this is where its rule ends. */
    final boolean end;

    final List<ByteEdge> byteEdges = new ArrayList<>(1);
    final List<State> emptyEdges = new ArrayList<>(0);
    final List<Call> calls = new ArrayList<>(0);

    /** Fewest bytes from here to the end of the rule. */
    int shortest;

    /** Fewest bytes to the end of the rule for texts that go on with a byte edge of this state. */
    int shortestByEdge = NEVER;

    State(int id, boolean end) {
        this.id = id;
        this.end = end;
        this.shortest = end ? 0 : NEVER;
    }

    /** Whether nothing is left to do in the rule, so that a caller need not come back here. */
    boolean nothingFollows() {
        return end && byteEdges.isEmpty() && emptyEdges.isEmpty() && calls.isEmpty();
    }

    /** Computes the shortest ways from those of the states behind this one; whether they became less. */
    boolean relax() {
        for (ByteEdge edge : byteEdges) {
            shortestByEdge = Math.min(shortestByEdge, 1 + edge.target.shortest);
        }
        int least = Math.min(shortest, shortestByEdge);
        for (State target : emptyEdges) {
            least = Math.min(least, target.shortest);
        }
        for (Call call : calls) {
            least = Math.min(least, call.callee.shortest + call.target.shortest);
        }
        boolean less = least < shortest;
        shortest = least;
        return less;
    }

    @Override
    public String toString() {
        return "state " + id;
    }
}
