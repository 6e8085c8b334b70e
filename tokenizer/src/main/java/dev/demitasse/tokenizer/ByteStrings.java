package dev.demitasse.tokenizer;

import dev.demitasse.tokenizer.TokenizerFormatException.Fault;
import java.util.Arrays;

/** A growing list of byte strings in one flat array: 150,000 tokens cost two arrays, not 150,000 objects. */
final class ByteStrings {
    private static final int MAX_BYTES = 1 << 26;

    private byte[] bytes = new byte[1 << 12];
    /** Byte string {@code i} is {@code bytes[starts[i] .. starts[i + 1])}. */
    private int[] starts = new int[1 << 10];

    private int count;

    int count() {
        return count;
    }

    /** The shared storage: byte string {@code index} lies at {@code start(index)} to {@code end(index)}. */
    byte[] bytes() {
        return bytes;
    }

    int start(int index) {
        return starts[index];
    }

    int end(int index) {
        return starts[index + 1];
    }

    /**
     * Adds {@code text[from .. to)}, which is in the byte alphabet; returns false, adding nothing, if it is not, or is
     * empty.
     */
    boolean addAlphabetText(String text, int from, int to) {
        int start = starts[count];
        reserve(start, to - from);
        int end = start;
        for (int i = from; i < to; i++) {
            int value = ByteAlphabet.byteOf(text.charAt(i));
            if (value == ByteAlphabet.NOT_A_BYTE) {
                return false;
            }
            bytes[end++] = (byte) value;
        }
        if (end == start) {
            return false;
        }
        close(end);
        return true;
    }

    /** Adds a copy of {@code source[from .. to)}. */
    void add(byte[] source, int from, int to) {
        int start = starts[count];
        reserve(start, to - from);
        System.arraycopy(source, from, bytes, start, to - from);
        close(start + to - from);
    }

    private void close(int end) {
        count++;
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, count * 2);
        }
        starts[count] = end;
    }

    private void reserve(int end, int more) {
        if (more > MAX_BYTES - end) {
            throw new TokenizerFormatException(
                    Fault.TOO_LARGE, "the tokens or merges are longer than " + MAX_BYTES + " bytes together");
        }
        if (end + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(end + more, bytes.length * 2));
        }
    }
}
