package dev.demitasse.core.kernels;

import dev.demitasse.core.tensor.DType;
import org.jspecify.annotations.Nullable;

/**
 * The codes of a {@link RoundedRow} as what the words of a strip are multiplied by in {@link VectorIntDot}: pairs of 16-bit
 * factors, one for each half of a word.
 *
 * <p>A word holds several small codes, fields of {@code b1, b2, ...} bits one above the other. To be multiplied one by one they
 * would have to be cut out by masks. But a word shifted to the right by a field's place is that code and {@code 2^b} times
 * all that is above it. So the sum of {@code code[k] * x[k]} is also the sum of the shifted words multiplied by {@code x[k] - 2^b *
 * x[k - 1]}, {@code b} being the bits of the field below: what a shift leaves of higher codes, the next factor takes off. All
 * that is exact modulo {@code 2^16}. Of a field in the upper half of the word, the upper half of the same shifted word counts; both
 * halves are added in the end.
 *
 * <p>The sum itself fits 16 bits once codes are taken from the middle of their range, by a start value: nibbles reach from -8 then,
 * codes of five bits from -16, of six from -32, and the magnitudes of the activations' codes add up to at most {@link
 * RoundedRow#MOST_IN_GROUP} for 16 columns.
 */
final class PairedRow {
    /** How a format lays codes into words, as far as factors depend on it. */
    enum Order {
        /** Nibbles: four a half. */
        NIBBLES(32, 16, 8),
        /** {@link FiveBitCodes}: three a half, and above them one bit of a sixteenth. */
        FIVES(32, 4 * FiveBitCodes.WORDS, 16),
        /** Bytes: two a half. */
        BYTES(16, 8, 32);

        private final int cols;
        private final int pairs;
        private final int bias;

        /**
         * @param cols columns whose products become one sum
         * @param pairs of factors for them
         * @param bias what makes the sum fit: what half the range of a code is
         */
        Order(int cols, int pairs, int bias) {
            this.cols = cols;
            this.pairs = pairs;
            this.bias = bias;
        }

        /** The order in strips of a type; null if its codes are not multiplied as integers. */
        static @Nullable Order of(DType type) {
            return switch (type) {
                case Q4_0, Q4_1, Q4_K -> NIBBLES;
                case Q5_0, Q5_1, Q5_K -> FIVES;
                case Q6_K -> BYTES;
                case F32, F16, BF16, Q8_0, Q2_K, Q3_K, IQ4_NL, IQ4_XS -> null;
            };
        }

        /** What is taken off each code. */
        int bias() {
            return bias;
        }
    }

    private final Order order;
    private float[] pairs = {}; // [sums][pairs], the bits of two factors each
    private float[] starts = {}; // [sums], the bits of what the lower half starts with

    PairedRow(Order order) {
        this.order = order;
    }

    /** How the words are laid out that the factors are for. */
    Order order() {
        return order;
    }

    /**
     * The factors of a sum, one pair after another as its words are, the upper half's in the upper bits. As floats, because
     * those are what a processor copies to all lanes as it loads them; nobody computes with them as floats.
     */
    float[] pairs() {
        return pairs;
    }

    /** What each sum starts with, to take off the bias of its codes. */
    float[] starts() {
        return starts;
    }

    /** Computes the factors of {@code cols} codes from {@code begin}. */
    void compute(int[] codes, int begin, int cols) {
        int sums = cols / order.cols;
        if (starts.length < sums) {
            pairs = new float[sums * order.pairs];
            starts = new float[sums];
        }
        for (int sum = 0; sum < sums; sum++) {
            int from = begin + sum * order.cols;
            int to = sum * order.pairs;
            switch (order) {
                case NIBBLES -> nibbles(codes, from, to);
                case FIVES -> fives(codes, from, to);
                case BYTES -> bytes(codes, from, to);
            }
            starts[sum] = start(codes, from);
        }
    }

    /** A word has columns {@code c, c + 16, c + 1, c + 17} in its lower half, and the next two of each in its upper. */
    private void nibbles(int[] codes, int from, int to) {
        for (int c = from; c < from + 16; c += 4, to += 4) {
            setPair(to, codes[c], codes[c + 2] - (codes[c + 17] << 4));
            setPair(to + 1, codes[c + 16] - (codes[c] << 4), codes[c + 18] - (codes[c + 2] << 4));
            setPair(to + 2, codes[c + 1] - (codes[c + 16] << 4), codes[c + 3] - (codes[c + 18] << 4));
            setPair(to + 3, codes[c + 17] - (codes[c + 1] << 4), codes[c + 19] - (codes[c + 3] << 4));
        }
    }

    private void fives(int[] codes, int from, int to) {
        int last = from + FiveBitCodes.HALF - 1;
        for (int word = 0; word < FiveBitCodes.WORDS; word++, to += 4) {
            int c = from + FiveBitCodes.HALF_CODES * word;
            int h = c + FiveBitCodes.HALF;
            int bit = codes[last] << word;
            setPair(to, codes[c], codes[h] - (bit << 1));
            setPair(to + 1, codes[c + 1] - (codes[c] << 5), codes[h + 1] - (codes[h] << 5));
            setPair(to + 2, codes[c + 2] - (codes[c + 1] << 5), codes[h + 2] - (codes[h + 1] << 5));
            int upperBit = codes[last + FiveBitCodes.HALF] << word;
            setPair(to + 3, bit - (codes[c + 2] << 5), upperBit - (codes[h + 2] << 5));
        }
    }

    private void bytes(int[] codes, int from, int to) {
        for (int c = from; c < from + 16; c += 4, to += 2) {
            setPair(to, codes[c], codes[c + 2] - (codes[c + 1] << 8));
            setPair(to + 1, codes[c + 1] - (codes[c] << 8), codes[c + 3] - (codes[c + 2] << 8));
        }
    }

    private float start(int[] codes, int from) {
        int sum = 0;
        for (int i = from; i < from + order.cols; i++) {
            sum += codes[i];
        }
        return pair(-order.bias * sum, 0);
    }

    private void setPair(int at, int lower, int upper) {
        pairs[at] = pair(lower, upper);
    }

    private static float pair(int lower, int upper) {
        return Float.intBitsToFloat((lower & 0xffff) | (upper << 16));
    }
}
