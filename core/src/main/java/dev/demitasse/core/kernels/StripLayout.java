package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.BlockDecoder.INT;
import static dev.demitasse.core.kernels.BlockDecoder.SHORT;

import dev.demitasse.core.tensor.DType;
import dev.demitasse.core.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Strips: the rows of a matrix interleaved in the words they are made of, so that one vector load brings the same word
 * of as many rows as a vector has lanes, a row of results needs no sum across lanes, and one thread reads one
 * sequential stream.
 *
 * <p>A strip holds {@code lanes} rows, cut into segments of {@link #SEGMENT_COLS} columns, and those into units: one block
 * of a quantised format, one 32-bit word of a plain one. A segment has two sections, the scales of all units, then their
 * codes: kernels read the one ahead of the other, and still the strip from its begin to its end. Within a section each
 * 16-bit or 32-bit word of a block is followed by the
 * same word of the other rows: what a section has at byte {@code o} of a unit's share is found at {@code o * lanes + lane *
 * size}. No bit is lost, and no byte is added but for rows that fill up the last strip and for sections that start at
 * cache lines. The codes of some types are rearranged on the way, see {@link CodeOrder}.
 */
final class StripLayout {
    private static final int[] NOWHERE = {};
    private static final int[] AT_0 = {0};
    private static final int[] AT_0_AND_2 = {0, 2};
    private static final int[] AT_80_AND_82 = {80, 82};
    private static final int[] AT_108 = {108};
    private static final int[] AT_208 = {208};

    /** Columns of a segment: a multiple of every block size. Longer ones are slower to multiply by, see docs/DECISIONS.md. */
    static final int SEGMENT_COLS = 512;

    private static final long CACHE_LINE = 64;

    private static final long F16_SIGNS = 0x8000_8000_8000_8000L;
    private static final long F16_EXPONENTS = 0x7c00_7c00_7c00_7c00L;
    private static final long F16_LOWEST_EXPONENT_BITS = 0x0400_0400_0400_0400L;

    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle SHORTS =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    private StripLayout() {}

    /** Columns of a unit. */
    static int unitCols(DType type) {
        return switch (type) {
            case F32 -> 1;
            case F16, BF16 -> 2;
            default -> type.blockSize();
        };
    }

    /** Bytes one row takes in a unit. */
    static int unitBytes(DType type) {
        return switch (type) {
            case F32, F16, BF16 -> 4;
            default -> type.blockBytes();
        };
    }

    /** Units of a row; the last may be half used by an odd number of 16-bit values. */
    static int units(DType type, int cols) {
        return (cols + unitCols(type) - 1) / unitCols(type);
    }

    /** Bytes of a unit and row that are scales and minima: those of the first section. */
    static int scaleBytes(DType type) {
        return switch (type) {
            case F32, F16, BF16 -> 0;
            case Q8_0, Q4_0, Q5_0, IQ4_NL -> 2;
            case Q4_1, Q5_1 -> 4;
            case IQ4_XS -> 8;
            case Q3_K -> 14;
            case Q4_K, Q5_K -> 16;
            case Q6_K -> 18;
            case Q2_K -> 20;
        };
    }

    /** True if the format stores minima. */
    static boolean hasMinima(DType type) {
        return switch (type) {
            case Q4_1, Q5_1, Q2_K, Q4_K, Q5_K -> true;
            case F32, F16, BF16, Q8_0, Q4_0, Q5_0, Q3_K, Q6_K, IQ4_NL, IQ4_XS -> false;
        };
    }

    /** Bytes of a unit and row that are codes: those of the second section. */
    static int codeBytes(DType type) {
        return unitBytes(type) - scaleBytes(type);
    }

    /** Segments of a row; the last may be shorter. A row without columns has an empty one: {@link VectorWarmUp} needs it. */
    static int segments(int cols) {
        return Math.max(1, (cols + SEGMENT_COLS - 1) / SEGMENT_COLS);
    }

    /** Columns of a segment. */
    static int segmentCols(int cols, int segment) {
        return Math.min(SEGMENT_COLS, cols - segment * SEGMENT_COLS);
    }

    /** Where the second section starts in a segment of so many columns. */
    static long codesAt(DType type, int segmentCols, int lanes) {
        return wholeLines((long) units(type, segmentCols) * scaleBytes(type) * lanes);
    }

    /** Bytes of a segment of so many columns. */
    static long segmentBytes(DType type, int segmentCols, int lanes) {
        return codesAt(type, segmentCols, lanes)
                + wholeLines((long) units(type, segmentCols) * codeBytes(type) * lanes);
    }

    static long stripBytes(DType type, int cols, int lanes) {
        int whole = cols / SEGMENT_COLS;
        return whole * segmentBytes(type, SEGMENT_COLS, lanes) + segmentBytes(type, cols % SEGMENT_COLS, lanes);
    }

    private static long wholeLines(long bytes) {
        return (bytes + CACHE_LINE - 1) & -CACHE_LINE;
    }

    /** Where byte {@code offset} of a block is in its unit's share of the scales, or -1 if it belongs to the codes. */
    private static int scalePlace(DType type, int offset) {
        int place = switch (type) {
            case Q2_K -> offset < 16 ? offset : offset - 64;
            case Q3_K -> offset - 96;
            case Q6_K -> offset - 192;
            default -> offset;
        };
        boolean codes = type == DType.Q2_K ? offset >= 16 && offset < 80 : place < 0 || place >= scaleBytes(type);
        return codes ? -1 : place;
    }

    /** Where byte {@code offset} of a block is in its unit's share of the codes. */
    private static int codePlace(DType type, int offset) {
        return switch (type) {
            case Q3_K, Q6_K -> offset;
            case Q2_K -> offset - 16;
            default -> offset - scaleBytes(type);
        };
    }

    /** Where the word at byte {@code offset} of the unit's blocks starts in the strip, that of the first lane. */
    private static long wordAt(DType type, int cols, int lanes, int unit, int offset) {
        int segmentUnits = SEGMENT_COLS / unitCols(type);
        int segment = unit / segmentUnits;
        long at = segment * segmentBytes(type, SEGMENT_COLS, lanes);
        long inSegment = unit % segmentUnits;
        int place = scalePlace(type, offset);
        if (place >= 0) {
            return at + (inSegment * scaleBytes(type) + place) * lanes;
        }
        at += codesAt(type, segmentCols(cols, segment), lanes);
        return at + (inSegment * codeBytes(type) + codePlace(type, offset)) * lanes;
    }

    /** Offsets of the 16-bit words of a block; all other words have 32 bits. */
    private static int[] halves(DType type) {
        return switch (type) {
            case F32, F16, BF16 -> NOWHERE;
            case Q8_0, Q4_0, Q5_0, IQ4_NL -> AT_0;
            case Q4_1, Q5_1, Q4_K, Q5_K, IQ4_XS -> AT_0_AND_2;
            case Q2_K -> AT_80_AND_82;
            case Q3_K -> AT_108;
            case Q6_K -> AT_208;
        };
    }

    /**
     * Writes the strips of a matrix, one at a time by way of the heap, where the words of its rows are in a cache while
     * they change places.
     *
     * @param strips {@code ceil(rows / lanes) * stripBytes}, overwritten
     * @return false if there are infinities or NaN among the numbers; looked for in F16 only, where kernels are faster without
     */
    static boolean pack(Matrix matrix, int lanes, MemorySegment strips) {
        DType type = matrix.type();
        int rowBytes = Math.toIntExact(matrix.rowBytes());
        int units = units(type, matrix.cols());
        int pitch = units * unitBytes(type); // more than a row has where an odd number of 16-bit values ends it
        byte[] rows = new byte[Math.multiplyExact(lanes, pitch)];
        byte[] strip = new byte[Math.toIntExact(stripBytes(type, matrix.cols(), lanes))];
        boolean finite = true;
        for (int first = 0; first < matrix.rows(); first += lanes) {
            int present = Math.min(lanes, matrix.rows() - first);
            if (present < lanes) {
                Arrays.fill(rows, present * pitch, rows.length, (byte) 0);
            }
            for (int lane = 0; lane < present; lane++) {
                long from = (first + lane) * (long) rowBytes;
                MemorySegment.copy(matrix.data(), ValueLayout.JAVA_BYTE, from, rows, lane * pitch, rowBytes);
            }
            interleave(type, matrix.cols(), rows, lanes, strip);
            finite &= type != DType.F16 || isFinite(strip);
            long to = (long) (first / lanes) * strip.length;
            MemorySegment.copy(strip, 0, strips, ValueLayout.JAVA_BYTE, to, strip.length);
        }
        return finite;
    }

    /** True if no f16 number has an exponent of all ones: those carry into the bit above, four numbers at a time. */
    private static boolean isFinite(byte[] halves) {
        long carries = 0;
        for (int i = 0; i < halves.length; i += Long.BYTES) {
            carries |= ((long) LONGS.get(halves, i) & F16_EXPONENTS) + F16_LOWEST_EXPONENT_BITS;
        }
        return (carries & F16_SIGNS) == 0;
    }

    /** {@code rows [lanes][units][unitBytes]} to a strip: each word to where {@link #wordAt} says. */
    private static void interleave(DType type, int cols, byte[] rows, int lanes, byte[] strip) {
        int units = units(type, cols);
        int unitBytes = unitBytes(type);
        int pitch = units * unitBytes;
        int wordBytes = CodeOrder.isOwn(type) ? scaleBytes(type) : unitBytes;
        int[] halves = halves(type);
        for (int unit = 0; unit < units; unit++) {
            int from = unit * unitBytes;
            int nextHalf = 0;
            for (int word = 0; word < wordBytes; ) {
                int to = (int) wordAt(type, cols, lanes, unit, word);
                if (nextHalf < halves.length && halves[nextHalf] == word) {
                    interleaveShorts(rows, from + word, pitch, lanes, strip, to);
                    nextHalf++;
                    word += Short.BYTES;
                } else {
                    interleaveInts(rows, from + word, pitch, lanes, strip, to);
                    word += Integer.BYTES;
                }
            }
        }
        if (CodeOrder.isOwn(type)) {
            interleaveCodes(type, cols, rows, lanes, strip);
        }
    }

    private static void interleaveInts(byte[] rows, int from, int pitch, int lanes, byte[] strip, int to) {
        for (int lane = 0; lane < lanes; lane++) {
            INTS.set(strip, to + lane * Integer.BYTES, (int) INTS.get(rows, from + lane * pitch));
        }
    }

    private static void interleaveShorts(byte[] rows, int from, int pitch, int lanes, byte[] strip, int to) {
        for (int lane = 0; lane < lanes; lane++) {
            SHORTS.set(strip, to + lane * Short.BYTES, (short) SHORTS.get(rows, from + lane * pitch));
        }
    }

    private static void interleaveCodes(DType type, int cols, byte[] rows, int lanes, byte[] strip) {
        MemorySegment blocks = MemorySegment.ofArray(rows);
        MemorySegment words = MemorySegment.ofArray(strip);
        int units = units(type, cols);
        int unitBytes = unitBytes(type);
        for (int unit = 0; unit < units; unit++) {
            long to = wordAt(type, cols, lanes, unit, scaleBytes(type));
            for (int lane = 0; lane < lanes; lane++, to += Integer.BYTES) {
                long codes = (long) (lane * units + unit) * unitBytes + scaleBytes(type);
                CodeOrder.toStrip(type, blocks, codes, words, to, lanes);
            }
        }
    }

    /**
     * Restores one unit of one row as its file stores it.
     *
     * @param stripAt where the strip starts in {@code strips}
     * @param block receives {@link #unitBytes} bytes
     */
    static void readUnit(
            DType type,
            int cols,
            MemorySegment strips,
            long stripAt,
            int unit,
            int lane,
            int lanes,
            MemorySegment block) {
        int[] halves = halves(type);
        int wordBytes = CodeOrder.isOwn(type) ? scaleBytes(type) : unitBytes(type);
        int nextHalf = 0;
        for (int word = 0; word < wordBytes; ) {
            long from = stripAt + wordAt(type, cols, lanes, unit, word);
            if (nextHalf < halves.length && halves[nextHalf] == word) {
                block.set(SHORT, word, strips.get(SHORT, from + (long) lane * Short.BYTES));
                nextHalf++;
                word += Short.BYTES;
            } else {
                block.set(INT, word, strips.get(INT, from + (long) lane * Integer.BYTES));
                word += Integer.BYTES;
            }
        }
        if (CodeOrder.isOwn(type)) {
            long codes = stripAt + wordAt(type, cols, lanes, unit, scaleBytes(type)) + (long) lane * Integer.BYTES;
            CodeOrder.fromStrip(type, strips, codes, lanes, block, scaleBytes(type));
        }
    }
}
