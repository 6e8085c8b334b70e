package dev.demitasse.grammar;

import dev.demitasse.sampling.TokenConstraint;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;

/**
 * A grammar over the tokens of a vocabulary: which tokens may come next, also those that end one part and begin another
 * or hold a part of a character, and how many tokens the text takes at least after each.
 *
 * <p>What it finds out is kept and shared by all generations under the grammar, up to some tens of megabytes. Thread-safe.
 */
public final class TokenGrammar {
    private static final int MOST_MASK_BYTES = 32 << 20;
    /** Some ten megabytes. */
    private static final int MOST_CONFIGURATIONS = 20_000;

    private final int mostMaskBytes;
    private final TokenTrie trie;
    private final Automaton automaton;
    private final Queue<Configuration> masked = new ArrayDeque<>();
    private int maskBytes;

    // Room for one walk over the trie.
    private final Configuration[] path;
    private final int[] tokens;
    private final int[] rests;

    /** Makes a grammar over a vocabulary. Tokens are looked at when they are first needed. */
    public TokenGrammar(Grammar grammar, TokenTrie trie) {
        this(grammar, trie, MOST_CONFIGURATIONS, MOST_MASK_BYTES);
    }

    TokenGrammar(Grammar grammar, TokenTrie trie, int mostConfigurations, int mostMaskBytes) {
        this.trie = trie;
        this.automaton = new Automaton(grammar, mostConfigurations);
        this.mostMaskBytes = mostMaskBytes;
        this.path = new Configuration[trie.longest() + 1];
        this.tokens = new int[trie.vocabulary().size()];
        this.rests = new int[tokens.length];
    }

    /**
     * A constraint for one generation, at the beginning of the text.
     *
     * @param endTokens tokens that may come where the text is complete, and nowhere else
     */
    public TokenConstraint newConstraint(Set<Integer> endTokens) {
        return new GrammarConstraint(
                this, endTokens.stream().mapToInt(Integer::intValue).sorted().toArray(), automaton.start());
    }

    /** At most so many tokens are needed for the shortest text. */
    public synchronized int shortest() {
        return tokensToEnd(automaton.start());
    }

    /**
     * The configuration after one more token.
     *
     * @return one that is dead if the token must not come
     */
    synchronized Configuration after(Configuration from, int token) {
        Configuration configuration = from;
        int length = trie.vocabulary().tokenLength(token);
        for (int i = 0; i < length && !configuration.isDead(); i++) {
            configuration = automaton.step(configuration, trie.vocabulary().tokenByte(token, i) & 0xff);
        }
        return configuration;
    }

    boolean holds(int token) {
        return trie.holds(token);
    }

    /** Ids a set of tokens has to have room for. */
    int vocabularySize() {
        return trie.vocabulary().size();
    }

    /** The tokens that may come next. */
    synchronized TokenMask mask(Configuration from) {
        TokenMask known = from.mask();
        return known == null ? compute(from) : known;
    }

    private TokenMask compute(Configuration from) {
        TokenMask mask = new TokenMask(tokens, rests, walk(from), tokens.length);
        from.setMask(mask);
        masked.add(from);
        maskBytes += mask.bytes();
        while (maskBytes > mostMaskBytes && masked.size() > 1) {
            forget(masked.remove());
        }
        return mask;
    }

    private void forget(Configuration configuration) {
        TokenMask mask = configuration.mask();
        maskBytes -= mask == null ? 0 : mask.bytes();
        configuration.setMask(null);
    }

    /** Collects the tokens that may come next, and what follows each; returns how many there are. */
    private int walk(Configuration from) {
        int count = 0;
        path[0] = from;
        for (int node = 1; node < trie.size(); ) {
            int depth = trie.depth(node);
            Configuration reached = automaton.step(path[depth - 1], trie.label(node));
            if (reached.isDead()) {
                node = trie.end(node);
                continue;
            }
            path[depth] = reached;
            int token = trie.token(node);
            if (token != TokenTrie.NONE) {
                tokens[count] = token;
                rests[count++] = tokensToEnd(reached);
            }
            node++;
        }
        return count;
    }

    /**
     * At most so many tokens are needed to complete the text: the fewest that write the shortest bytes. Of the tokens that
     * may come next, at least one leads to a configuration for which the number is smaller.
     */
    private int tokensToEnd(Configuration from) {
        if (!from.knowsTokensToEnd()) {
            computeTokensToEnd(from);
        }
        return from.tokensToEnd();
    }

    private void computeTokensToEnd(Configuration from) {
        ShortestWay way = new ShortestWay(from);
        while (!way.last().knowsTokensToEnd()) {
            way.extend();
        }
        for (int i = way.length() - 1; i >= 0; i--) {
            way.configuration(i).setTokensToEnd(fewestTokens(way, i));
        }
    }

    /**
     * Looks at all tokens that the way begins with, also those that reach beyond what was known before: the result must
     * not depend on what was computed earlier.
     */
    private int fewestTokens(ShortestWay way, int from) {
        int fewest = State.NEVER;
        int node = 0;
        for (int i = from; way.reaches(i + 1); i++) {
            node = trie.child(node, way.value(i));
            if (node == TokenTrie.NONE) {
                break;
            }
            if (trie.token(node) != TokenTrie.NONE) {
                fewest = Math.min(fewest, 1 + way.configuration(i + 1).tokensToEnd());
            }
        }
        if (fewest == State.NEVER) {
            throw new GrammarException("the vocabulary has no token for the byte " + way.value(from)
                    + "; expected a byte-level vocabulary");
        }
        return fewest;
    }

    /** The shortest bytes from a configuration to the end of the text, as far as somebody asked for them. */
    private final class ShortestWay {
        private final List<Configuration> configurations = new ArrayList<>();
        /** One char a byte. */
        private final StringBuilder values = new StringBuilder();

        ShortestWay(Configuration from) {
            configurations.add(from);
        }

        Configuration last() {
            return configurations.getLast();
        }

        int length() {
            return configurations.size() - 1;
        }

        void extend() {
            int value = last().shortestByte();
            values.append((char) value);
            configurations.add(automaton.step(last(), value));
        }

        /** Whether the way has so many bytes. */
        boolean reaches(int bytes) {
            while (length() < bytes && !last().isComplete()) {
                extend();
            }
            return length() >= bytes;
        }

        int value(int index) {
            return values.charAt(index);
        }

        Configuration configuration(int bytes) {
            return configurations.get(bytes);
        }
    }
}
