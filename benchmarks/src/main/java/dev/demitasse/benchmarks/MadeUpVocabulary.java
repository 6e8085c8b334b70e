package dev.demitasse.benchmarks;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * A byte-level vocabulary of Qwen2.5's size and layout that no text was used for: the 256 bytes, the characters of CJK,
 * made-up words, the special tokens where Qwen2.5 has them, and unused entries up to the size of the embedding.
 */
final class MadeUpVocabulary {
    /** Entries behind the last word: three special tokens, then unused ones. */
    private static final int BEHIND_WORDS = 293;

    private static final int NORMAL = 1;
    private static final int CONTROL = 3;
    private static final int UNUSED = 5;
    private static final int FIRST_IDEOGRAPH = 0x4E00;
    private static final int LAST_IDEOGRAPH = 0x9FA5;
    private static final int LONGEST_WORD = 12;

    private final List<String> tokens = new ArrayList<>();
    private final List<String> merges = new ArrayList<>();
    private final Set<String> known = new HashSet<>();
    private final String[] alphabet = alphabet();

    private final int endOfText;

    /**
     * Makes a vocabulary.
     *
     * @param size number of entries, 151,936 for Qwen2.5-0.5B
     */
    MadeUpVocabulary(int size) {
        endOfText = size - BEHIND_WORDS;
        if (endOfText < alphabet.length) {
            throw new IllegalArgumentException(
                    "the size is " + size + "; expected at least " + (alphabet.length + BEHIND_WORDS));
        }
        List.of(alphabet).forEach(this::add);
        addIdeographs();
        addWords();
        tokens.add("<|endoftext|>");
        tokens.add("<|im_start|>");
        tokens.add("<|im_end|>");
        while (tokens.size() < size) {
            tokens.add("[PAD" + tokens.size() + "]");
        }
    }

    /** The id of {@code <|endoftext|>}: 151,643 at Qwen2.5's size. */
    int endOfText() {
        return endOfText;
    }

    /** The id of {@code <|im_end|>}. */
    int turnEnd() {
        return endOfText + 2;
    }

    /** All tokens by id, in the byte alphabet. */
    List<String> tokens() {
        return tokens;
    }

    /** The merges by rank: two parts with a space between them. */
    List<String> merges() {
        return merges;
    }

    /** The kind of each token, by the numbers of {@code llama_token_type}. */
    int[] types() {
        int[] types = new int[tokens.size()];
        for (int id = 0; id < types.length; id++) {
            types[id] = id < endOfText ? NORMAL : id <= turnEnd() ? CONTROL : UNUSED;
        }
        return types;
    }

    /** Each of three bytes, so two merges, of which the first is shared by 64 characters. */
    private void addIdeographs() {
        for (int character = FIRST_IDEOGRAPH;
                character <= LAST_IDEOGRAPH && tokens.size() < endOfText - 1;
                character++) {
            byte[] utf8 = Character.toString(character).getBytes(StandardCharsets.UTF_8);
            String first = alphabet[utf8[0] & 0xFF];
            String second = alphabet[utf8[1] & 0xFF];
            merge(first, second);
            merge(first + second, alphabet[utf8[2] & 0xFF]);
        }
    }

    /** Joins letters and words to longer words at random, half of them with a space before. */
    private void addWords() {
        SplittableRandom random = new SplittableRandom(1);
        List<String> parts = new ArrayList<>();
        for (char letter = 'a'; letter <= 'z'; letter++) {
            parts.add(Character.toString(letter));
        }
        String space = alphabet[' '];
        List<String> starts = new ArrayList<>(parts);
        starts.add(space);
        while (tokens.size() < endOfText) {
            String left = starts.get(random.nextInt(starts.size()));
            String right = parts.get(random.nextInt(parts.size()));
            if (left.length() + right.length() <= LONGEST_WORD && merge(left, right)) {
                String word = left + right;
                starts.add(word);
                if (!word.startsWith(space)) {
                    parts.add(word);
                }
            }
        }
    }

    private boolean merge(String left, String right) {
        if (!add(left + right)) {
            return false;
        }
        merges.add(left + " " + right);
        return true;
    }

    private boolean add(String token) {
        return known.add(token) && tokens.add(token);
    }

    /** One printable character for each byte, as byte-level vocabularies are written. */
    private static String[] alphabet() {
        String[] alphabet = new String[256];
        int standIn = 0x100;
        for (int value = 0; value < alphabet.length; value++) {
            boolean printable = (value >= '!' && value <= '~') || (value >= 0xA1 && value != 0xAD);
            alphabet[value] = Character.toString(printable ? value : standIn++);
        }
        return alphabet;
    }
}
