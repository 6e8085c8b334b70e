package dev.demitasse.core.tensor;

/**
 * The storage type of a weight matrix: plain floats or one of ggml's block formats.
 *
 * <p>A row of {@code cols} values is stored as {@code cols / blockSize} consecutive blocks of {@code blockBytes} bytes,
 * little-endian. Block layouts follow ggml's {@code ggml-common.h}.
 */
public enum DType {
    F32(1, 4),
    F16(1, 2),
    BF16(1, 2),
    Q8_0(32, 34),
    Q4_0(32, 18),
    Q4_1(32, 20),
    Q5_0(32, 22),
    Q5_1(32, 24),
    Q2_K(256, 84),
    Q3_K(256, 110),
    Q4_K(256, 144),
    Q5_K(256, 176),
    Q6_K(256, 210),
    IQ4_NL(32, 18),
    IQ4_XS(256, 136);

    private final int blockSize;
    private final int blockBytes;

    DType(int blockSize, int blockBytes) {
        this.blockSize = blockSize;
        this.blockBytes = blockBytes;
    }

    /** Values a block holds: 1 for plain types, 32 or 256 otherwise. */
    public int blockSize() {
        return blockSize;
    }

    /** Bytes a block takes. */
    public int blockBytes() {
        return blockBytes;
    }

    /**
     * Bytes that one row of {@code cols} values takes.
     *
     * @throws IllegalArgumentException if {@code cols} is not a positive multiple of {@link #blockSize()}
     */
    public long rowBytes(long cols) {
        if (cols <= 0 || cols % blockSize != 0) {
            throw new IllegalArgumentException("a row of " + cols + " values cannot be stored as " + this
                    + ": expected a positive multiple of " + blockSize);
        }
        return Math.multiplyExact(cols / blockSize, (long) blockBytes);
    }
}
