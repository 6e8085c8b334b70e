package dev.demitasse.grammar;

import dev.demitasse.grammar.Configuration.Item;
import dev.demitasse.grammar.State.ByteEdge;
import dev.demitasse.grammar.State.Call;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A grammar made deterministic while it is used: a configuration and a byte lead to one configuration, which is computed
 * once. When there are too many, it starts to forget: configurations that are still held by somebody go on to work. Not
 * thread-safe.
 */
final class Automaton {
    private final Grammar grammar;
    private final int mostConfigurations;
    private final Map<Configuration, Configuration> configurations = new HashMap<>();
    private final Map<Frame, Frame> frames = new HashMap<>();
    private final Configuration start;

    /** @param mostConfigurations how many are remembered at most */
    Automaton(Grammar grammar, int mostConfigurations) {
        this.grammar = grammar;
        this.mostConfigurations = mostConfigurations;
        Closure closure = new Closure();
        closure.add(grammar.start(), null);
        this.start = closure.configuration();
    }

    Configuration start() {
        return start;
    }

    /** The configuration after one more byte, from 0 to 255; dead if that byte must not come. */
    Configuration step(Configuration from, int value) {
        int byteClass = grammar.byteClass(value);
        Configuration known = from.isDead() || from.isExhausted() ? null : from.next(byteClass);
        return known == null ? compute(from, value, byteClass) : known;
    }

    private Configuration compute(Configuration from, int value, int byteClass) {
        Closure closure = new Closure();
        for (Item item : from.items()) {
            for (ByteEdge edge : item.state().byteEdges) {
                if (edge.low() <= value && value <= edge.high()) {
                    closure.add(edge.target(), item.stack());
                }
            }
        }
        Configuration to = closure.configuration();
        if (from.items().length > 0) {
            from.setNext(byteClass, to);
        }
        return to;
    }

    private Frame frame(State target, @Nullable Frame below) {
        Frame frame = Frame.of(target, below);
        Frame known = frames.putIfAbsent(frame, frame);
        return known == null ? frame : known;
    }

    private Configuration unique(Configuration configuration) {
        if (configurations.size() >= mostConfigurations) {
            configurations.clear();
            frames.clear();
        }
        Configuration known = configurations.putIfAbsent(configuration, configuration);
        return known == null ? configuration : known;
    }

    /** Follows everything that takes no byte: empty edges, calls, and the ends of rules. */
    private final class Closure {
        private final Set<Item> items = new HashSet<>();
        private final Set<Item> seen = new HashSet<>();
        private boolean complete;

        // As deep as rules are nested that begin or end at one place; left recursion was refused.
        void add(State state, @Nullable Frame stack) {
            if (state.shortest >= State.NEVER) {
                return;
            }
            Item item = new Item(state, stack);
            if (!seen.add(item)) {
                return;
            }
            if (!state.byteEdges.isEmpty()) {
                items.add(item);
            }
            for (State target : state.emptyEdges) {
                add(target, stack);
            }
            for (Call call : state.calls) {
                if (call.callee().shortest < State.NEVER && call.target().shortest < State.NEVER) {
                    add(call.callee(), call.target().nothingFollows() ? stack : frame(call.target(), stack));
                }
            }
            if (state.end) {
                if (stack == null) {
                    complete = true;
                } else {
                    add(stack.target(), stack.below());
                }
            }
        }

        Configuration configuration() {
            return unique(new Configuration(items, complete, grammar.classCount()));
        }
    }
}
