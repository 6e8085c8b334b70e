package dev.demitasse.tokenizer;

import java.util.Arrays;

/**
 * The symbols that merging starts from: single bytes, but for many characters of three UTF-8 bytes (Chinese, Japanese,
 * Korean) the token of the whole character at once.
 *
 * <p>That is a short cut, and exact. Take a character whose neighbours, if any, are multi-byte characters as well. It
 * may start as one token if its bytes merge into that token, and each merge inside it has a lower rank than all those
 * that could join its first or last symbol at that moment to something beside it: then the merges inside happen first,
 * whatever that is. And no merge of the whole token with anything may have a lower rank than one inside, or it would
 * come too early. In Qwen's vocabulary this holds for three in four Chinese characters in common use.
 */
final class FirstSymbols {
    private static final int NONE = -1;
    private static final int BYTES = 3;
    /** Lead bytes of characters of three or four bytes are this or above; continuation bytes are below. */
    private static final int FIRST_LEAD = 0xE0;

    private final Vocabulary vocabulary;
    /** The token that a character may start as, or {@link #NONE}. */
    private final int[] tokenOfCharacter = new int[Character.MAX_VALUE + 1];

    FirstSymbols(Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
        Arrays.fill(tokenOfCharacter, NONE);
        LowestRanks lowest = new LowestRanks(vocabulary);
        byte[] bytes = new byte[BYTES];
        for (int token = 0; token < vocabulary.size(); token++) {
            if (vocabulary.tokenLength(token) == BYTES) {
                vocabulary.copyTokenBytes(token, bytes, 0);
                if (isCharacter(bytes) && mergesBeforeAnythingElse(bytes, token, lowest)) {
                    tokenOfCharacter[characterAt(bytes, 0)] = token;
                }
            }
        }
    }

    /** Writes the symbols of {@code piece[0 .. length)}, which is UTF-8, to {@code symbols}; returns how many. */
    int of(byte[] piece, int length, int[] symbols) {
        int count = 0;
        int position = 0;
        while (position < length) {
            int next = position + BYTES;
            if ((piece[position] & 0xF0) == FIRST_LEAD
                    && (position == 0 || piece[position - 1] < 0)
                    && (next == length || (piece[next] & 0xFF) >= FIRST_LEAD)) {
                int token = tokenOfCharacter[characterAt(piece, position)];
                if (token != NONE) {
                    symbols[count++] = token;
                    position = next;
                    continue;
                }
            }
            symbols[count++] = vocabulary.byteToken(piece[position++] & 0xFF);
        }
        return count;
    }

    private boolean mergesBeforeAnythingElse(byte[] bytes, int token, LowestRanks lowest) {
        MergeTable merges = vocabulary.merges();
        int first = vocabulary.byteToken(bytes[0] & 0xFF);
        int middle = vocabulary.byteToken(bytes[1] & 0xFF);
        int last = vocabulary.byteToken(bytes[2] & 0xFF);
        int leftRank = merges.rank(first, middle);
        int rightRank = merges.rank(middle, last);
        int firstRank = Math.min(leftRank, rightRank);
        if (firstRank == MergeTable.NO_RANK || !lowest.isAbove(firstRank, first, last)) {
            return false;
        }
        if (leftRank <= rightRank) {
            first = merges.result(leftRank);
        } else {
            last = merges.result(rightRank);
        }
        int secondRank = merges.rank(first, last);
        return secondRank != MergeTable.NO_RANK
                && merges.result(secondRank) == token
                && lowest.isAbove(secondRank, first, last)
                && lowest.ofAny[token] > Math.max(firstRank, secondRank);
    }

    private static boolean isCharacter(byte[] bytes) {
        return (bytes[0] & 0xF0) == FIRST_LEAD && isContinuation(bytes[1]) && isContinuation(bytes[2]);
    }

    private static boolean isContinuation(byte value) {
        return (value & 0xC0) == 0x80;
    }

    private static char characterAt(byte[] bytes, int position) {
        return (char) ((bytes[position] << 12) | ((bytes[position + 1] & 0x3F) << 6) | (bytes[position + 2] & 0x3F));
    }

    /** For each token the lowest rank of the merges it has a part in. */
    private static final class LowestRanks {
        /** As the right part, behind something that ends in a continuation byte. */
        private final int[] ofRight;
        /** As the left part, before something that starts with the lead byte of a long character. */
        private final int[] ofLeft;
        /** As either part, beside anything. */
        private final int[] ofAny;

        LowestRanks(Vocabulary vocabulary) {
            ofRight = new int[vocabulary.size()];
            Arrays.fill(ofRight, MergeTable.NO_RANK);
            ofLeft = ofRight.clone();
            ofAny = ofRight.clone();
            vocabulary.merges().forEach((left, right, rank) -> {
                if (isContinuation(vocabulary.tokenByte(left, vocabulary.tokenLength(left) - 1))) {
                    ofRight[right] = Math.min(ofRight[right], rank);
                }
                if ((vocabulary.tokenByte(right, 0) & 0xFF) >= FIRST_LEAD) {
                    ofLeft[left] = Math.min(ofLeft[left], rank);
                }
                ofAny[left] = Math.min(ofAny[left], rank);
                ofAny[right] = Math.min(ofAny[right], rank);
            });
        }

        /** Whether no merge up to a rank joins {@code first} to its left, or {@code last} to its right. */
        boolean isAbove(int rank, int first, int last) {
            return ofRight[first] > rank && ofLeft[last] > rank;
        }
    }
}
