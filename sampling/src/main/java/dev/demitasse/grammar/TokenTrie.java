package dev.demitasse.grammar;

import dev.demitasse.tokenizer.AddedToken;
import dev.demitasse.tokenizer.Vocabulary;
import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;

/**
 * The bytes of all tokens of a vocabulary as a tree, so that what tokens begin with alike is looked at once. Added tokens,
 * special or not, are left out: their text is written with other tokens. Immutable, thread-safe.
 *
 * <p>Nodes are numbered in the order of a walk, children after their parent by byte: what is below a node are the numbers
 * up to its end.
 */
public final class TokenTrie {
    static final int NONE = -1;

    private final Vocabulary vocabulary;
    private final BitSet tokens = new BitSet();
    /** Byte that leads to the node, [nodes]; the root, node 0, has none. */
    private byte[] labels;
    /** Number after the last node below, [nodes]. */
    private int[] ends;
    /** Token whose bytes end at the node, or NONE, [nodes]. */
    private int[] tokenAt;
    /** Length of the bytes up to the node, [nodes]. */
    private short[] depths;

    private int size;
    private int longest;

    /** Builds the tree. */
    public TokenTrie(Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
        for (int token = 0; token < vocabulary.size(); token++) {
            tokens.set(token, vocabulary.tokenLength(token) > 0);
        }
        for (AddedToken added : vocabulary.addedTokens()) {
            tokens.clear(added.id());
        }
        int[] sorted = sorted();
        int capacity = 1;
        for (int token : sorted) {
            capacity += vocabulary.tokenLength(token);
        }
        labels = new byte[capacity];
        ends = new int[capacity];
        tokenAt = new int[capacity];
        depths = new short[capacity];
        fill(sorted);
        labels = Arrays.copyOf(labels, size);
        ends = Arrays.copyOf(ends, size);
        tokenAt = Arrays.copyOf(tokenAt, size);
        depths = Arrays.copyOf(depths, size);
    }

    private int[] sorted() {
        byte[][] bytes = new byte[vocabulary.size()][];
        tokens.stream().forEach(token -> bytes[token] = vocabulary.tokenBytes(token));
        return IntStream.range(0, bytes.length)
                .filter(tokens::get)
                .boxed()
                .sorted((a, b) -> Arrays.compareUnsigned(bytes[a], bytes[b]))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private void fill(int[] sorted) {
        int[] path = new int[Short.MAX_VALUE]; // node at each depth
        int depth = 0;
        tokenAt[0] = NONE;
        size = 1;
        for (int token : sorted) {
            int length = vocabulary.tokenLength(token);
            int shared = 0;
            while (shared < depth
                    && shared < length
                    && labels[path[shared + 1]] == vocabulary.tokenByte(token, shared)) {
                shared++;
            }
            for (; depth > shared; depth--) {
                ends[path[depth]] = size;
            }
            for (; depth < length; depth++) {
                path[depth + 1] = size;
                labels[size] = vocabulary.tokenByte(token, depth);
                depths[size] = (short) (depth + 1);
                tokenAt[size] = NONE;
                size++;
            }
            tokenAt[path[depth]] = token;
            longest = Math.max(longest, length);
        }
        for (; depth >= 0; depth--) {
            ends[path[depth]] = size;
        }
    }

    /** Number of nodes. */
    int size() {
        return size;
    }

    /** Length of the longest token. */
    int longest() {
        return longest;
    }

    int label(int node) {
        return labels[node] & 0xff;
    }

    int end(int node) {
        return ends[node];
    }

    int token(int node) {
        return tokenAt[node];
    }

    int depth(int node) {
        return depths[node];
    }

    /** The node below another that a byte leads to, or {@link #NONE}. */
    int child(int node, int value) {
        for (int child = node + 1; child < ends[node]; child = ends[child]) {
            if (label(child) == value) {
                return child;
            }
        }
        return NONE;
    }

    /** Whether a token may be used to write text. */
    boolean holds(int token) {
        return tokens.get(token);
    }

    Vocabulary vocabulary() {
        return vocabulary;
    }
}
