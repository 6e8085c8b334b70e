package dev.demitasse.core.kernels;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector width of this JVM and the few steps all weight formats share: loading what a strip interleaves (lane =
 * output row, see {@link StripLayout}) and turning small unsigned codes into floats.
 */
final class VectorLanes {
    static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));

    /** As many bytes as floats, or more where no vector is so short. */
    static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, FLOATS.vectorBitSize() / 4)));

    /** Floats a vector holds, and rows a strip holds. */
    static final int LANES = FLOATS.length();

    /** Rows of a panel: two vectors, see {@link VectorGemm}. */
    static final int PANEL_ROWS = 2 * LANES;

    /**
     * Each lane's partners in a sum of all lanes, which is {@code sum = sum.add(sum.rearrange(SWAP_..))} from the largest
     * distance that there is to the smallest: a fixed order. That of {@code reduceLanes} is unspecified, and compiled code
     * does not add as the interpreter does.
     */
    static final VectorShuffle<Float> SWAP_EIGHTS = swap(8);

    static final VectorShuffle<Float> SWAP_FOURS = swap(4);
    static final VectorShuffle<Float> SWAP_TWOS = swap(2);
    static final VectorShuffle<Float> SWAP_ONES = swap(1);

    /** Turns four signed bytes into four that are 128 larger and unsigned. */
    static final int SIGN_BITS = 0x80808080;

    /** The levels of IQ4_NL, 128 larger and unsigned, repeated for each 16 lanes of bytes. */
    static final ByteVector LEVELS = levels();

    private static final int HALF_INFINITY_WIDENED = 0x7c00 << 13;
    private static final float TWO_POW_112 = 0x1p112f;

    private VectorLanes() {}

    /**
     * The bits of {@code 2^(23 - bit)}: a code that starts at that bit of a word and is or-ed to them makes the number
     * {@code 2^(23 - bit) + code}, exactly, as long as it ends below bit 23.
     */
    static int power(int bit) {
        return Float.floatToRawIntBits(1 << (23 - bit));
    }

    /** A fresh zero: an accumulator that starts as a shared constant is boxed by C2 in every iteration. */
    static FloatVector zero() {
        return FloatVector.zero(FLOATS);
    }

    /** One 32-bit word of each row. */
    static IntVector words(MemorySegment strips, long at) {
        return IntVector.fromMemorySegment(INTS, strips, at, ByteOrder.LITTLE_ENDIAN);
    }

    /** One f16 number of each row, exactly, subnormal numbers, infinities and NaN included. */
    static FloatVector halves(MemorySegment strips, long at) {
        IntVector bits = shorts(strips, at);
        IntVector magnitude = bits.lanewise(VectorOperators.LSHL, 13).and(HALF_INFINITY_WIDENED | 0x7fffff);
        IntVector finite = magnitude.reinterpretAsFloats().mul(TWO_POW_112).reinterpretAsInts();
        return finite.blend(magnitude.or(0x7f800000), magnitude.compare(VectorOperators.GE, HALF_INFINITY_WIDENED))
                .or(bits.and(0x80000000))
                .reinterpretAsFloats();
    }

    /**
     * Vectors of f16 numbers as {@link #halves} reads them, {@code step} bytes apart, each written {@code copies} times:
     * {@code out [count, copies, LANES]}. Everything in one method, as {@link VectorWarmUp} asks for.
     */
    static void readHalves(MemorySegment memory, long at, long step, int count, int copies, float[] out) {
        int to = 0;
        for (int i = 0; i < count; i++, at += step) {
            IntVector bits = (IntVector) ShortVector.fromMemorySegment(SHORTS, memory, at, ByteOrder.LITTLE_ENDIAN)
                    .convertShape(VectorOperators.S2I, INTS, 0);
            IntVector magnitude = bits.lanewise(VectorOperators.LSHL, 13).and(HALF_INFINITY_WIDENED | 0x7fffff);
            IntVector finite = magnitude.reinterpretAsFloats().mul(TWO_POW_112).reinterpretAsInts();
            FloatVector value = finite.blend(
                            magnitude.or(0x7f800000), magnitude.compare(VectorOperators.GE, HALF_INFINITY_WIDENED))
                    .or(bits.and(0x80000000))
                    .reinterpretAsFloats();
            for (int copy = 0; copy < copies; copy++, to += LANES) {
                value.intoArray(out, to);
            }
        }
    }

    /** One signed 16-bit number of each row. */
    static IntVector shorts(MemorySegment strips, long at) {
        ShortVector values = ShortVector.fromMemorySegment(SHORTS, strips, at, ByteOrder.LITTLE_ENDIAN);
        return (IntVector) values.convertShape(VectorOperators.S2I, INTS, 0);
    }

    /** Consecutive signed bytes as floats. */
    static FloatVector bytes(MemorySegment memory, long at) {
        ByteVector values = ByteVector.fromMemorySegment(BYTES, memory, at, ByteOrder.LITTLE_ENDIAN);
        return (FloatVector) values.convertShape(VectorOperators.B2F, FLOATS, 0);
    }

    /** One signed byte of each word as a float; {@code shift} is 0, 8, 16 or 24. */
    static FloatVector signedByte(IntVector words, int shift) {
        return toFloats(words.lanewise(VectorOperators.LSHL, 24 - shift).lanewise(VectorOperators.ASHR, 24));
    }

    static FloatVector toFloats(IntVector values) {
        return (FloatVector) values.convertShape(VectorOperators.I2F, FLOATS, 0);
    }

    private static VectorShuffle<Float> swap(int distance) {
        return VectorShuffle.fromOp(FLOATS, lane -> (lane ^ distance) % LANES);
    }

    static FloatVector broadcast(float value) {
        return FloatVector.broadcast(FLOATS, value);
    }

    /** {@code (words >>> shift) & mask}, on all 32 bits of a lane at once. */
    static IntVector bits(IntVector words, int shift, int mask) {
        return words.lanewise(VectorOperators.LSHR, shift).and(mask);
    }

    private static ByteVector levels() {
        byte[] levels = new byte[ByteVector.SPECIES_PREFERRED.length()];
        for (int i = 0; i < levels.length; i++) {
            levels[i] = (byte) (BlockDecoder.nonLinearLevel(i & 15) + 128);
        }
        return ByteVector.fromArray(ByteVector.SPECIES_PREFERRED, levels, 0);
    }
}
