package dev.demitasse.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Splits ranges of characters into sequences of byte ranges that match exactly their UTF-8 forms. */
final class Utf8Ranges {
    /** Bytes from {@code low} to {@code high}, both included. */
    record ByteRange(int low, int high) {}

    /** Largest character of 1 to 4 bytes. */
    private static final int[] LAST_OF_LENGTH = {0x7F, 0x7FF, 0xFFFF, Character.MAX_CODE_POINT};

    private Utf8Ranges() {}

    static List<List<ByteRange>> of(CharSet characters) {
        List<List<ByteRange>> sequences = new ArrayList<>();
        for (int i = 0; i < characters.ranges(); i++) {
            split(characters.first(i), characters.last(i), sequences);
        }
        return sequences;
    }

    private static void split(int first, int last, List<List<ByteRange>> sequences) {
        int from = first;
        for (int lastOfLength : LAST_OF_LENGTH) {
            if (from <= lastOfLength && from <= last) {
                splitOfOneLength(from, Math.min(last, lastOfLength), sequences);
                from = lastOfLength + 1;
            }
        }
    }

    /** Cuts until all continuation bytes behind the first that differs run over their whole range. */
    private static void splitOfOneLength(int first, int last, List<List<ByteRange>> sequences) {
        for (int shift = 6; shift <= 18; shift += 6) {
            int low = (1 << shift) - 1;
            if (first >> shift != last >> shift) {
                if ((first & low) != 0) {
                    splitOfOneLength(first, first | low, sequences);
                    splitOfOneLength((first | low) + 1, last, sequences);
                    return;
                }
                if ((last & low) != low) {
                    splitOfOneLength(first, (last & ~low) - 1, sequences);
                    splitOfOneLength(last & ~low, last, sequences);
                    return;
                }
            }
        }
        byte[] low = utf8(first);
        byte[] high = utf8(last);
        List<ByteRange> sequence = new ArrayList<>();
        for (int i = 0; i < low.length; i++) {
            sequence.add(new ByteRange(low[i] & 0xff, high[i] & 0xff));
        }
        sequences.add(sequence);
    }

    private static byte[] utf8(int character) {
        return Character.toString(character).getBytes(StandardCharsets.UTF_8);
    }
}
