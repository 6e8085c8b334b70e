package dev.demitasse.core.kernels;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
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

    /** Floats a vector holds, and rows a strip holds. */
    static final int LANES = FLOATS.length();

    /** Rows of a panel: two vectors, see {@link VectorGemm}. */
    static final int PANEL_ROWS = 2 * LANES;

    // A code or-ed into the mantissa of 2^23 (in the lowest bits) or 2^15 (8 bits higher) makes that number plus the
    // code, exactly; the subtraction that follows takes off the number and the format's bias in one step.
    private static final int BITS_OF_2_POW_23 = 0x4b000000;
    private static final int BITS_OF_2_POW_15 = 0x47000000;
    private static final float TWO_POW_23 = 1 << 23;
    private static final float TWO_POW_15 = 1 << 15;

    private static final int HALF_INFINITY_WIDENED = 0x7c00 << 13;
    private static final float TWO_POW_112 = 0x1p112f;

    private VectorLanes() {}

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
        return halfToFloat(shorts(strips, at));
    }

    /** One signed 16-bit number of each row. */
    static IntVector shorts(MemorySegment strips, long at) {
        ShortVector values = ShortVector.fromMemorySegment(SHORTS, strips, at, ByteOrder.LITTLE_ENDIAN);
        return (IntVector) values.convertShape(VectorOperators.S2I, INTS, 0);
    }

    /** Floats of f16 bit patterns, each in the lower half of an int; the upper half must repeat the sign. */
    static FloatVector halfToFloat(IntVector bits) {
        IntVector magnitude = bits.lanewise(VectorOperators.LSHL, 13).and(HALF_INFINITY_WIDENED | 0x7fffff);
        FloatVector finite = magnitude.reinterpretAsFloats().mul(TWO_POW_112);
        IntVector special = magnitude.or(0x7f800000);
        IntVector unsigned =
                finite.reinterpretAsInts().blend(special, magnitude.compare(VectorOperators.GE, HALF_INFINITY_WIDENED));
        return unsigned.or(bits.and(0x80000000)).reinterpretAsFloats();
    }

    /** Byte 0 of each word as a float, less {@code bias}. */
    static FloatVector byte0(IntVector codes, float bias) {
        return codes.and(0xff).or(BITS_OF_2_POW_23).reinterpretAsFloats().sub(TWO_POW_23 + bias);
    }

    /** Byte 1 of each word as a float, less {@code bias}. */
    static FloatVector byte1(IntVector codes, float bias) {
        return codes.and(0xff00).or(BITS_OF_2_POW_15).reinterpretAsFloats().sub(TWO_POW_15 + bias);
    }

    /** Bytes 2 and 3 of each word, moved to where {@link #byte0} and {@link #byte1} look. */
    static IntVector upperBytes(IntVector codes) {
        return codes.lanewise(VectorOperators.LSHR, 16);
    }

    /** One signed byte of each word as a float; {@code shift} is 0, 8, 16 or 24. */
    static FloatVector signedByte(IntVector words, int shift) {
        return toFloats(words.lanewise(VectorOperators.LSHL, 24 - shift).lanewise(VectorOperators.ASHR, 24));
    }

    static FloatVector toFloats(IntVector values) {
        return (FloatVector) values.convertShape(VectorOperators.I2F, FLOATS, 0);
    }

    static FloatVector broadcast(float value) {
        return FloatVector.broadcast(FLOATS, value);
    }

    /** {@code (words >>> shift) & mask}, on all 32 bits of a lane at once. */
    static IntVector bits(IntVector words, int shift, int mask) {
        return words.lanewise(VectorOperators.LSHR, shift).and(mask);
    }
}
