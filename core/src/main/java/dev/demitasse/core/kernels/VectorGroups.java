package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.VectorLanes.LANES;
import static dev.demitasse.core.kernels.VectorLanes.PANEL_ROWS;
import static dev.demitasse.core.kernels.VectorLanes.bits;
import static dev.demitasse.core.kernels.VectorLanes.broadcast;
import static dev.demitasse.core.kernels.VectorLanes.byte0;
import static dev.demitasse.core.kernels.VectorLanes.byte1;
import static dev.demitasse.core.kernels.VectorLanes.upperBytes;
import static dev.demitasse.core.kernels.VectorLanes.words;
import static dev.demitasse.core.kernels.VectorLanes.zero;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Groups of codes that share a scale: the inner loops of all quantised formats.
 *
 * <p>In a strip, a word holds four codes of one row, for four consecutive columns; formats differ in how that word
 * comes about. For each of the five ways there is a {@code dot}, the unscaled sum over the group of
 * {@code (code - bias) * x}, and an {@code unpack}, which writes {@code (code - bias) * scale + minimum} as consecutive
 * lines of a panel. A group has {@code words} words a row and thus four times as many columns.
 *
 * <p>The loops are alike on purpose and not shared: a call that takes or returns the word's vector must be inlined at
 * every place to be fast, and only a static call with one target is certain to be. Four accumulators a loop: groups
 * that follow each other overlap in the processor, and together hide the latency of the multiply-add.
 */
final class VectorGroups {
    private static final int STEP = 4 * LANES;

    private VectorGroups() {}

    /** Signed bytes, as Q8_0 stores them. */
    static final class Bytes {
        private static final int SIGN_BITS = 0x80808080;
        private static final float BIAS = 128;

        private Bytes() {}

        static FloatVector dot(MemorySegment strips, long at, int words, float[] x, int k) {
            FloatVector a = zero();
            FloatVector b = zero();
            FloatVector c = zero();
            FloatVector d = zero();
            for (int i = 0; i < words; i++) {
                IntVector lower = codes(strips, at + (long) i * STEP);
                IntVector upper = upperBytes(lower);
                a = byte0(lower, BIAS).fma(broadcast(x[k + 4 * i]), a);
                b = byte1(lower, BIAS).fma(broadcast(x[k + 4 * i + 1]), b);
                c = byte0(upper, BIAS).fma(broadcast(x[k + 4 * i + 2]), c);
                d = byte1(upper, BIAS).fma(broadcast(x[k + 4 * i + 3]), d);
            }
            return a.add(b).add(c.add(d));
        }

        static void unpack(
                MemorySegment strips,
                long at,
                int words,
                FloatVector scale,
                FloatVector minimum,
                float[] panel,
                int line) {
            for (int i = 0; i < words; i++) {
                IntVector codes = codes(strips, at + (long) i * STEP);
                store(codes, BIAS, scale, minimum, panel, line + i * 4 * PANEL_ROWS);
            }
        }

        private static IntVector codes(MemorySegment strips, long at) {
            return words(strips, at).lanewise(VectorOperators.XOR, SIGN_BITS);
        }
    }

    /** Nibbles or bit pairs: the bits {@code mask} of each byte after a shift. */
    static final class Fields {
        private Fields() {}

        static FloatVector dot(
                MemorySegment strips, long at, int words, int shift, int mask, float bias, float[] x, int k) {
            FloatVector a = zero();
            FloatVector b = zero();
            FloatVector c = zero();
            FloatVector d = zero();
            for (int i = 0; i < words; i++) {
                IntVector lower = codes(strips, at + (long) i * STEP, shift, mask);
                IntVector upper = upperBytes(lower);
                a = byte0(lower, bias).fma(broadcast(x[k + 4 * i]), a);
                b = byte1(lower, bias).fma(broadcast(x[k + 4 * i + 1]), b);
                c = byte0(upper, bias).fma(broadcast(x[k + 4 * i + 2]), c);
                d = byte1(upper, bias).fma(broadcast(x[k + 4 * i + 3]), d);
            }
            return a.add(b).add(c.add(d));
        }

        static void unpack(
                MemorySegment strips,
                long at,
                int words,
                int shift,
                int mask,
                float bias,
                FloatVector scale,
                FloatVector minimum,
                float[] panel,
                int line) {
            for (int i = 0; i < words; i++) {
                IntVector codes = codes(strips, at + (long) i * STEP, shift, mask);
                store(codes, bias, scale, minimum, panel, line + i * 4 * PANEL_ROWS);
            }
        }

        private static IntVector codes(MemorySegment strips, long at, int shift, int mask) {
            return bits(words(strips, at), shift, mask);
        }
    }

    /** Nibbles with a fifth bit from one word for the whole group, whose bits {@link StripLayout} has put in order. */
    static final class FieldsAndPlane {
        private FieldsAndPlane() {}

        static FloatVector dot(
                MemorySegment strips, long at, int words, long plane, int shift, float bias, float[] x, int k) {
            FloatVector a = zero();
            FloatVector b = zero();
            FloatVector c = zero();
            FloatVector d = zero();
            IntVector fifthBits = words(strips, plane).lanewise(VectorOperators.ROR, shift);
            for (int i = 0; i < words; i++) {
                IntVector lower = codes(strips, at + (long) i * STEP, shift, fifthBits);
                IntVector upper = upperBytes(lower);
                a = byte0(lower, bias).fma(broadcast(x[k + 4 * i]), a);
                b = byte1(lower, bias).fma(broadcast(x[k + 4 * i + 1]), b);
                c = byte0(upper, bias).fma(broadcast(x[k + 4 * i + 2]), c);
                d = byte1(upper, bias).fma(broadcast(x[k + 4 * i + 3]), d);
                fifthBits = fifthBits.lanewise(VectorOperators.ROR, 1);
            }
            return a.add(b).add(c.add(d));
        }

        static void unpack(
                MemorySegment strips,
                long at,
                int words,
                long plane,
                int shift,
                float bias,
                FloatVector scale,
                FloatVector minimum,
                float[] panel,
                int line) {
            IntVector fifthBits = words(strips, plane).lanewise(VectorOperators.ROR, shift);
            for (int i = 0; i < words; i++) {
                IntVector codes = codes(strips, at + (long) i * STEP, shift, fifthBits);
                store(codes, bias, scale, minimum, panel, line + i * 4 * PANEL_ROWS);
                fifthBits = fifthBits.lanewise(VectorOperators.ROR, 1);
            }
        }

        private static IntVector codes(MemorySegment strips, long at, int shift, IntVector fifthBits) {
            return bits(words(strips, at), shift, 0x0f0f0f0f).or(fifthBits.and(0x10101010));
        }
    }

    /** Low bits as in {@link Fields}, and high bits in as many words at another place. */
    static final class FieldsAndHighFields {
        private FieldsAndHighFields() {}

        static FloatVector dot(
                MemorySegment strips,
                long at,
                int words,
                int shift,
                int mask,
                long high,
                int highShift,
                int highMask,
                int highPosition,
                float bias,
                float[] x,
                int k) {
            FloatVector a = zero();
            FloatVector b = zero();
            FloatVector c = zero();
            FloatVector d = zero();
            for (int i = 0; i < words; i++) {
                IntVector lower = codes(
                        strips,
                        at + (long) i * STEP,
                        shift,
                        mask,
                        high + (long) i * STEP,
                        highShift,
                        highMask,
                        highPosition);
                IntVector upper = upperBytes(lower);
                a = byte0(lower, bias).fma(broadcast(x[k + 4 * i]), a);
                b = byte1(lower, bias).fma(broadcast(x[k + 4 * i + 1]), b);
                c = byte0(upper, bias).fma(broadcast(x[k + 4 * i + 2]), c);
                d = byte1(upper, bias).fma(broadcast(x[k + 4 * i + 3]), d);
            }
            return a.add(b).add(c.add(d));
        }

        static void unpack(
                MemorySegment strips,
                long at,
                int words,
                int shift,
                int mask,
                long high,
                int highShift,
                int highMask,
                int highPosition,
                float bias,
                FloatVector scale,
                FloatVector minimum,
                float[] panel,
                int line) {
            for (int i = 0; i < words; i++) {
                IntVector codes = codes(
                        strips,
                        at + (long) i * STEP,
                        shift,
                        mask,
                        high + (long) i * STEP,
                        highShift,
                        highMask,
                        highPosition);
                store(codes, bias, scale, minimum, panel, line + i * 4 * PANEL_ROWS);
            }
        }

        private static IntVector codes(
                MemorySegment strips,
                long at,
                int shift,
                int mask,
                long high,
                int highShift,
                int highMask,
                int highPosition) {
            IntVector lowBits = bits(words(strips, at), shift, mask);
            IntVector highBits = bits(words(strips, high), highShift, highMask);
            return lowBits.or(highBits.lanewise(VectorOperators.LSHL, highPosition));
        }
    }

    /** Nibbles that are indices of the 16 uneven levels of IQ4_NL. */
    static final class Levels {
        private static final float BIAS = 128;
        private static final ByteVector BIASED_LEVELS = biasedLevels();

        private Levels() {}

        static FloatVector dot(MemorySegment strips, long at, int words, int shift, float[] x, int k) {
            FloatVector a = zero();
            FloatVector b = zero();
            FloatVector c = zero();
            FloatVector d = zero();
            for (int i = 0; i < words; i++) {
                IntVector lower = codes(strips, at + (long) i * STEP, shift);
                IntVector upper = upperBytes(lower);
                a = byte0(lower, BIAS).fma(broadcast(x[k + 4 * i]), a);
                b = byte1(lower, BIAS).fma(broadcast(x[k + 4 * i + 1]), b);
                c = byte0(upper, BIAS).fma(broadcast(x[k + 4 * i + 2]), c);
                d = byte1(upper, BIAS).fma(broadcast(x[k + 4 * i + 3]), d);
            }
            return a.add(b).add(c.add(d));
        }

        static void unpack(
                MemorySegment strips,
                long at,
                int words,
                int shift,
                FloatVector scale,
                FloatVector minimum,
                float[] panel,
                int line) {
            for (int i = 0; i < words; i++) {
                IntVector codes = codes(strips, at + (long) i * STEP, shift);
                store(codes, BIAS, scale, minimum, panel, line + i * 4 * PANEL_ROWS);
            }
        }

        private static IntVector codes(MemorySegment strips, long at, int shift) {
            IntVector indices = bits(words(strips, at), shift, 0x0f0f0f0f);
            return indices.reinterpretAsBytes().selectFrom(BIASED_LEVELS).reinterpretAsInts();
        }

        private static ByteVector biasedLevels() {
            VectorSpecies<Byte> species = ByteVector.SPECIES_PREFERRED;
            byte[] levels = new byte[species.length()];
            for (int i = 0; i < levels.length; i++) {
                levels[i] = (byte) (BlockDecoder.nonLinearLevel(i & 15) + (int) BIAS);
            }
            return ByteVector.fromArray(species, levels, 0);
        }
    }

    private static void store(
            IntVector lower, float bias, FloatVector scale, FloatVector minimum, float[] panel, int line) {
        IntVector upper = upperBytes(lower);
        byte0(lower, bias).fma(scale, minimum).intoArray(panel, line);
        byte1(lower, bias).fma(scale, minimum).intoArray(panel, line + PANEL_ROWS);
        byte0(upper, bias).fma(scale, minimum).intoArray(panel, line + 2 * PANEL_ROWS);
        byte1(upper, bias).fma(scale, minimum).intoArray(panel, line + 3 * PANEL_ROWS);
    }
}
