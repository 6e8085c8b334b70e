package dev.demitasse.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Byte-pair encoding as it is explained, without a thought for speed: the definition of correct for the fast one. Byte
 * strings are written in the byte alphabet throughout.
 */
final class SlowBytePairEncoding {
    /** A pair of neighbours. */
    record Pair(String left, String right) {
        String joined() {
            return left + right;
        }
    }

    /** Rank of each pair that merges, in the order of ranks. */
    private final Map<Pair, Integer> ranks = new LinkedHashMap<>();

    private final Map<String, Integer> ids = new LinkedHashMap<>();

    /** Makes an encoding with the 256 bytes as the first ids, and the results of merges after them. */
    SlowBytePairEncoding(Collection<Pair> merges) {
        for (int value = 0; value < 256; value++) {
            ids.put(alphabetText(new byte[] {(byte) value}), value);
        }
        for (Pair pair : merges) {
            ids.putIfAbsent(pair.joined(), ids.size());
            ranks.putIfAbsent(pair, ranks.size());
        }
    }

    /** Learns merges from texts: the most frequent pair of neighbours becomes one token, again and again. */
    static SlowBytePairEncoding trained(List<String> pieces, int merges) {
        List<Pair> learnt = new ArrayList<>();
        List<List<String>> corpus = new ArrayList<>();
        pieces.forEach(piece -> corpus.add(symbols(piece.getBytes(StandardCharsets.UTF_8))));
        while (learnt.size() < merges) {
            Map<Pair, Integer> counts = new LinkedHashMap<>();
            corpus.forEach(piece -> pairs(piece).forEach(pair -> counts.merge(pair, 1, Integer::sum)));
            Pair best = counts.keySet().stream()
                    .max((a, b) -> Integer.compare(counts.getOrDefault(a, 0), counts.getOrDefault(b, 0)))
                    .orElseThrow();
            learnt.add(best);
            corpus.forEach(piece -> join(piece, best));
        }
        return new SlowBytePairEncoding(learnt);
    }

    /**
     * Makes up merges that no training would give: any two tokens may join, in any order of ranks, so a merge may come
     * before those that make its parts. The merges {@code given} are among them.
     */
    static SlowBytePairEncoding random(Random random, byte[] bytes, List<Pair> given, int merges) {
        LinkedHashSet<Pair> pairs = new LinkedHashSet<>(given);
        List<String> tokens = new ArrayList<>(symbols(bytes));
        given.forEach(pair -> tokens.add(pair.joined()));
        while (pairs.size() < merges) {
            Pair pair = new Pair(tokens.get(random.nextInt(tokens.size())), tokens.get(random.nextInt(tokens.size())));
            if (pair.joined().length() <= 12 && pairs.add(pair)) {
                tokens.add(pair.joined());
            }
        }
        List<Pair> shuffled = new ArrayList<>(pairs);
        Collections.shuffle(shuffled, random);
        return new SlowBytePairEncoding(shuffled);
    }

    Vocabulary vocabulary() {
        VocabularyBuilder builder = new VocabularyBuilder();
        ids.forEach((text, id) -> builder.token(id, text));
        ranks.keySet().forEach(pair -> builder.merge(pair.left(), pair.right()));
        return builder.build();
    }

    /** Returns the ids of a piece: merges the pair of lowest rank, leftmost first, until none is left. */
    List<Integer> encode(byte[] piece) {
        List<String> symbols = symbols(piece);
        while (true) {
            Pair best = null;
            for (Pair pair : pairs(symbols)) {
                if (ranks.containsKey(pair) && (best == null || rank(pair) < rank(best))) {
                    best = pair;
                }
            }
            if (best == null) {
                return symbols.stream().map(ids::get).toList();
            }
            joinFirst(symbols, best);
        }
    }

    private int rank(Pair pair) {
        return ranks.getOrDefault(pair, Integer.MAX_VALUE);
    }

    private static List<Pair> pairs(List<String> symbols) {
        List<Pair> pairs = new ArrayList<>();
        for (int i = 0; i + 1 < symbols.size(); i++) {
            pairs.add(new Pair(symbols.get(i), symbols.get(i + 1)));
        }
        return pairs;
    }

    private static void join(List<String> symbols, Pair pair) {
        while (pairs(symbols).contains(pair)) {
            joinFirst(symbols, pair);
        }
    }

    private static void joinFirst(List<String> symbols, Pair pair) {
        int left = pairs(symbols).indexOf(pair);
        symbols.set(left, pair.joined());
        symbols.remove(left + 1);
    }

    private static List<String> symbols(byte[] bytes) {
        List<String> symbols = new ArrayList<>();
        for (byte value : bytes) {
            symbols.add(alphabetText(new byte[] {value}));
        }
        return symbols;
    }

    /** Writes bytes in the byte alphabet. */
    static String alphabetText(byte[] bytes) {
        Map<Integer, Character> characterOf = new HashMap<>();
        for (char character = 0; character < 0x200; character++) {
            int value = ByteAlphabet.byteOf(character);
            if (value != ByteAlphabet.NOT_A_BYTE) {
                characterOf.put(value, character);
            }
        }
        StringBuilder text = new StringBuilder();
        for (byte value : bytes) {
            text.append(characterOf.get(value & 0xFF));
        }
        return text.toString();
    }
}
