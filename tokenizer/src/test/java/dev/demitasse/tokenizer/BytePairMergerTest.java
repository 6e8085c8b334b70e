package dev.demitasse.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.tokenizer.SlowBytePairEncoding.Pair;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The fast merger against the slow one that defines what is right. */
class BytePairMergerTest {
    private static final String ALPHABET = "aab你好世界时间 é，";

    @Test
    void piecesOfAllLengthsMergeAsTheDefinitionSays() {
        Random random = new Random(5);
        List<String> corpus = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            corpus.add(piece(random, 12));
        }
        SlowBytePairEncoding slow = SlowBytePairEncoding.trained(corpus, 90);
        Vocabulary vocabulary = slow.vocabulary();
        for (int length = 1; length <= 140; length++) {
            checkSame(slow, vocabulary, piece(random, length));
        }
    }

    @Test
    void mergesInAnUnnaturalOrderOfRanksAreFollowedToo() {
        Random random = new Random(6);
        byte[] bytes = "a你佡".getBytes(StandardCharsets.UTF_8);
        for (int round = 0; round < 3_000; round++) {
            List<Pair> given = new ArrayList<>(mergesOf("你", random.nextBoolean()));
            given.addAll(mergesOf("佡", random.nextBoolean()));
            SlowBytePairEncoding slow = SlowBytePairEncoding.random(random, bytes, given, 5 + random.nextInt(40));
            Vocabulary vocabulary = slow.vocabulary();
            for (int i = 0; i < 10; i++) {
                StringBuilder piece = new StringBuilder();
                for (int length = 1 + random.nextInt(14); length > 0; length--) {
                    piece.append("a你佡".charAt(random.nextInt(3)));
                }
                checkSame(slow, vocabulary, piece.toString());
            }
        }
    }

    @Test
    void aPieceIsTheSameWhetherItIsScannedOrMergedWithAHeap() {
        Random random = new Random(7);
        SlowBytePairEncoding slow =
                SlowBytePairEncoding.random(random, "abc".getBytes(StandardCharsets.UTF_8), List.of(), 60);
        Vocabulary vocabulary = slow.vocabulary();
        for (int length : new int[] {
            1, 2, BytePairMerger.MAX_SCANNED - 1, BytePairMerger.MAX_SCANNED, BytePairMerger.MAX_SCANNED + 1, 500
        }) {
            StringBuilder piece = new StringBuilder();
            while (piece.length() < length) {
                piece.append("abc".charAt(random.nextInt(3)));
            }
            checkSame(slow, vocabulary, piece.toString());
        }
    }

    @Test
    void aCharacterOfWhichSomeMergeReachesAcrossTheBorderIsNotTakenWhole() {
        // the last byte of 佡 joins 你 before it joins its own first two bytes
        List<Pair> merges = new ArrayList<>(mergesOf("你", true));
        merges.addAll(mergesOf("佡", true));
        merges.add(3, new Pair(alphabet("佡").substring(2), alphabet("你")));
        SlowBytePairEncoding slow = new SlowBytePairEncoding(merges);
        Vocabulary vocabulary = slow.vocabulary();
        checkSame(slow, vocabulary, "佡你");
        checkSame(slow, vocabulary, "佡佡你你佡");
    }

    /** Returns two merges that make a token of a character of three bytes, from its left or its right end on. */
    private static List<Pair> mergesOf(String character, boolean fromTheLeft) {
        String bytes = alphabet(character);
        return fromTheLeft
                ? List.of(
                        new Pair(bytes.substring(0, 1), bytes.substring(1, 2)),
                        new Pair(bytes.substring(0, 2), bytes.substring(2)))
                : List.of(
                        new Pair(bytes.substring(1, 2), bytes.substring(2)),
                        new Pair(bytes.substring(0, 1), bytes.substring(1)));
    }

    private static String alphabet(String text) {
        return SlowBytePairEncoding.alphabetText(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String piece(Random random, int length) {
        StringBuilder piece = new StringBuilder();
        for (int i = 0; i < length; i++) {
            piece.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return piece.toString();
    }

    private static void checkSame(SlowBytePairEncoding slow, Vocabulary vocabulary, String piece) {
        byte[] bytes = piece.getBytes(StandardCharsets.UTF_8);
        IntList tokens = new IntList(0);
        new BytePairMerger(vocabulary.merges(), new FirstSymbols(vocabulary)).merge(bytes, bytes.length, tokens);
        assertThat(tokens.toArray())
                .as(piece)
                .containsExactly(
                        slow.encode(bytes).stream().mapToInt(Integer::intValue).toArray());
    }
}
