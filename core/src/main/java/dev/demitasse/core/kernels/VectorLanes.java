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
 * The vector width of this JVM, and what all weight formats share.
 *
 * <p>A rule for all kernels: no method of ours takes or returns a vector. Such a method is inlined only where the
 * profile says that it is called often; elsewhere its vectors are boxed on the heap, and the kernel is slow for good.
 * Which of the two happens depends on what the JVM compiled first. The methods of the Vector API itself are always inlined.
 */
final class VectorLanes {
    static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));

    /** Twice as many shorts as floats: two for each word. */
    static final VectorSpecies<Short> WIDE_SHORTS = VectorSpecies.of(short.class, FLOATS.vectorShape());

    /** As many bytes as floats, or more where no vector is so short. */
    static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, FLOATS.vectorBitSize() / 4)));

    /** Floats a vector holds, and rows a strip holds. */
    static final int LANES = FLOATS.length();

    /** Rows of a panel: two strips, see {@link VectorGemm}. */
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

    /** The levels of IQ4_NL, 128 larger and unsigned, repeated for each 16 lanes of bytes. */
    static final ByteVector LEVELS = ByteVector.fromArray(ByteVector.SPECIES_PREFERRED, levels(), 0);

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

    /**
     * Reads vectors of f16 numbers, {@code step} bytes apart, exactly, subnormal numbers, infinities and NaN included.
     *
     * @param out receives vectors {@code outStep} floats apart
     */
    static void readHalves(MemorySegment memory, long at, long step, int count, float[] out, int outStep) {
        IntVector carries = IntVector.zero(INTS);
        for (int i = 0; i < count; i++) {
            IntVector bits = ((IntVector)
                            ShortVector.fromMemorySegment(SHORTS, memory, at + i * step, ByteOrder.LITTLE_ENDIAN)
                                    .convertShape(VectorOperators.S2I, INTS, 0))
                    .lanewise(VectorOperators.LSHL, 13)
                    .and(0x80000000 | HALF_INFINITY_WIDENED | 0x7fffff);
            bits.reinterpretAsFloats().mul(TWO_POW_112).intoArray(out, i * outStep);
            carries = bits.add(0x00800000).or(carries); // an exponent of all ones carries into the bit above it
        }
        if ((carries.reduceLanes(VectorOperators.OR) & 2 * Integer.highestOneBit(HALF_INFINITY_WIDENED)) != 0) {
            repairSpecialValues(memory, at, step, count, out, outStep);
        }
    }

    /** Infinities and NaN, which a multiplication makes large numbers: weights have none, so this may be slow. */
    private static void repairSpecialValues(
            MemorySegment memory, long at, long step, int count, float[] out, int outStep) {
        for (int i = 0; i < count; i++) {
            for (int lane = 0; lane < LANES; lane++) {
                out[i * outStep + lane] = BlockDecoder.half(memory, at + i * step + (long) lane * Short.BYTES);
            }
        }
    }

    /** Writes each of {@code count} vectors, which are {@code copies} vectors apart, to all places up to the next. */
    static void repeat(float[] vectors, int count, int copies) {
        for (int i = 0; i < count * copies; i += copies) {
            FloatVector value = FloatVector.fromArray(FLOATS, vectors, i * LANES);
            for (int copy = 1; copy < copies; copy++) {
                value.intoArray(vectors, (i + copy) * LANES);
            }
        }
    }

    private static VectorShuffle<Float> swap(int distance) {
        return VectorShuffle.fromOp(FLOATS, lane -> (lane ^ distance) % LANES);
    }

    private static byte[] levels() {
        byte[] levels = new byte[ByteVector.SPECIES_PREFERRED.length()];
        for (int i = 0; i < levels.length; i++) {
            levels[i] = (byte) (BlockDecoder.nonLinearLevel(i & 15) + 128);
        }
        return levels;
    }
}
