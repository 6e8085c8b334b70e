package dev.demitasse.grammar;

import dev.demitasse.grammar.Expression.Rule;
import dev.demitasse.grammar.State.ByteEdge;
import dev.demitasse.grammar.State.Call;
import dev.demitasse.grammar.Utf8Ranges.ByteRange;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;

/** Builds the states of a grammar, each expression in front of the state that follows it. For one use. */
final class GrammarCompiler {
    /** About 100 MB of states. */
    private static final int MOST_STATES = 500_000;
    /** A repeated expression with more parts becomes a rule, so that each repetition costs one state. */
    private static final int MOST_PARTS_COPIED = 4;

    private final List<State> states = new ArrayList<>();
    private final Map<Rule, State> startOfRule = new LinkedHashMap<>();
    private final Queue<Rule> pending = new ArrayDeque<>();
    /** Repeated expressions that became rules: an expression used twice becomes one. */
    private final IdentityHashMap<Expression, Rule> repeated = new IdentityHashMap<>();

    List<State> states() {
        return states;
    }

    State compile(Expression expression) {
        State start = start(new Rule("the whole").define(expression));
        while (!pending.isEmpty()) {
            define(pending.remove());
        }
        findShortest();
        if (start.shortest >= State.NEVER) {
            throw new GrammarException("no finite text satisfies it: something can only be part of itself");
        }
        refuseLeftRecursion();
        return start;
    }

    private State start(Rule rule) {
        State known = startOfRule.get(rule);
        if (known == null) {
            known = newState(false);
            startOfRule.put(rule, known);
            pending.add(rule);
        }
        return known;
    }

    private void define(Rule rule) {
        Expression body = rule.body();
        if (body == null) {
            throw new GrammarException("rule " + rule.name() + " is not defined");
        }
        State entry = before(body, newState(true));
        start(rule).emptyEdges.add(entry);
    }

    private State newState(boolean end) {
        if (states.size() == MOST_STATES) {
            throw new GrammarException("it is too large: more than " + MOST_STATES + " states. Lower the limits on"
                    + " lengths and repetitions, or leave them out");
        }
        State state = new State(states.size(), end);
        states.add(state);
        return state;
    }

    /** The state from which the text of an expression leads to {@code next}. */
    private State before(Expression expression, State next) {
        return switch (expression) {
            case Expression.Text(String text) -> beforeBytes(text.getBytes(StandardCharsets.UTF_8), next);
            case Expression.OneOf(CharSet characters) -> beforeCharacter(characters, next);
            case Expression.Sequence(List<Expression> parts) -> {
                State state = next;
                for (Expression part : parts.reversed()) {
                    state = before(part, state);
                }
                yield state;
            }
            case Expression.Choice(List<Expression> alternatives) -> {
                State state = newState(false);
                for (Expression alternative : alternatives) {
                    state.emptyEdges.add(before(alternative, next));
                }
                yield state;
            }
            case Expression.Repeat(Expression body, int min, int max) -> beforeRepeat(cheap(body), min, max, next);
            case Rule rule -> {
                State state = newState(false);
                state.calls.add(new Call(start(rule), next));
                yield state;
            }
        };
    }

    private State beforeBytes(byte[] bytes, State next) {
        State state = next;
        for (int i = bytes.length - 1; i >= 0; i--) {
            State before = newState(false);
            int value = bytes[i] & 0xff;
            before.byteEdges.add(new ByteEdge(value, value, state));
            state = before;
        }
        return state;
    }

    private State beforeCharacter(CharSet characters, State next) {
        State state = newState(false);
        Map<List<ByteRange>, State> byRest = new HashMap<>();
        byRest.put(List.of(), next);
        for (List<ByteRange> sequence : Utf8Ranges.of(characters)) {
            state.byteEdges.add(edge(sequence, byRest));
        }
        return state;
    }

    private ByteEdge edge(List<ByteRange> sequence, Map<List<ByteRange>, State> byRest) {
        List<ByteRange> rest = sequence.subList(1, sequence.size());
        State target = byRest.get(rest);
        if (target == null) {
            target = newState(false);
            target.byteEdges.add(edge(rest, byRest));
            byRest.put(rest, target);
        }
        return new ByteEdge(sequence.getFirst().low(), sequence.getFirst().high(), target);
    }

    private State beforeRepeat(Expression body, int min, int max, State next) {
        State state = next;
        if (max == Expression.UNBOUNDED) {
            State loop = newState(false);
            loop.emptyEdges.add(before(body, loop));
            loop.emptyEdges.add(next);
            state = loop;
        } else {
            for (int i = min; i < max; i++) {
                State optional = newState(false);
                optional.emptyEdges.add(before(body, state));
                optional.emptyEdges.add(next);
                state = optional;
            }
        }
        for (int i = 0; i < min; i++) {
            state = before(body, state);
        }
        return state;
    }

    private Expression cheap(Expression body) {
        return body instanceof Rule || parts(body) <= MOST_PARTS_COPIED
                ? body
                : repeated.computeIfAbsent(body, b -> new Rule("repeated").define(b));
    }

    private static int parts(Expression expression) {
        return switch (expression) {
            case Expression.Text(String text) -> text.length();
            // about as many states as some ranges take
            case Expression.OneOf(CharSet characters) -> Math.min(characters.ranges(), MOST_PARTS_COPIED);
            case Expression.Sequence(List<Expression> parts) ->
                parts.stream().mapToInt(GrammarCompiler::parts).sum();
            case Expression.Choice(List<Expression> alternatives) ->
                1 + alternatives.stream().mapToInt(GrammarCompiler::parts).sum();
            case Expression.Repeat _ -> MOST_PARTS_COPIED + 1;
            case Rule _ -> 1;
        };
    }

    private void findShortest() {
        boolean changed = true;
        while (changed) {
            changed = false;
            // a state is made after the one that follows it: in this order most are right the first time
            for (State state : states) {
                changed |= state.relax();
            }
        }
    }

    /** A rule that begins with itself would push without end before it reads a byte. */
    private void refuseLeftRecursion() {
        Map<State, Rule> ruleOfStart = new HashMap<>();
        startOfRule.forEach((rule, start) -> ruleOfStart.put(start, rule));
        Set<State> finished = new HashSet<>();
        for (State start : startOfRule.values()) {
            follow(start, new HashSet<>(), finished, ruleOfStart);
        }
    }

    private static void follow(State start, Set<State> open, Set<State> finished, Map<State, Rule> ruleOfStart) {
        if (finished.contains(start)) {
            return;
        }
        if (!open.add(start)) {
            throw new GrammarException("rule " + ruleOfStart.get(start) + " begins with itself (left recursion): write"
                    + " the repetition with * or +, or put what follows in front");
        }
        for (State callee : firstCallees(start)) {
            follow(callee, open, finished, ruleOfStart);
        }
        open.remove(start);
        finished.add(start);
    }

    /** The rules that a rule may call before it has read a byte. */
    private static Set<State> firstCallees(State start) {
        Set<State> callees = new HashSet<>();
        Set<State> seen = new HashSet<>();
        ArrayDeque<State> open = new ArrayDeque<>(List.of(start));
        while (!open.isEmpty()) {
            State state = open.pop();
            if (!seen.add(state) || state.shortest >= State.NEVER) {
                continue;
            }
            open.addAll(state.emptyEdges);
            for (Call call : state.calls) {
                if (call.callee().shortest < State.NEVER) {
                    callees.add(call.callee());
                }
                if (call.callee().shortest == 0) {
                    open.push(call.target());
                }
            }
        }
        return callees;
    }
}
