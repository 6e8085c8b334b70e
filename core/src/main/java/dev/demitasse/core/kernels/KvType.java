package dev.demitasse.core.kernels;

/**
 * How the KV cache stores keys and values.
 *
 * <p>A block holds {@link #BLOCK_POSITIONS} consecutive positions of one layer and one KV head: its keys, transposed
 * ({@code [headDim, positions]}, so that a vector holds one channel of many positions), then its values
 * ({@code [positions, headDim]}). Numbers are little-endian.
 *
 * <p>{@link #INT8} stores keys with a scale and a centre for each channel, and values with a scale for each position,
 * because the keys of real Qwen2.5 models have channels that lie a hundred times further from zero than the others. A
 * key block is therefore complete before it can be encoded: the cache holds the block under construction as
 * {@link #F32}. {@link Int8Block} has the layout.
 */
public enum KvType {
    /** Floats: exact. */
    F32,
    /** IEEE half precision, rounded to nearest even; values beyond its range saturate. */
    F16,
    /** 8 bits, with an f16 scale and an f16 centre per key channel and block, an f16 scale per value and position. */
    INT8;

    /** Positions a block holds. */
    public static final int BLOCK_POSITIONS = 32;

    /** Bytes the keys of one block take. */
    public int keyBlockBytes(int headDim) {
        return switch (this) {
            case F32 -> headDim * BLOCK_POSITIONS * Float.BYTES;
            case F16 -> headDim * BLOCK_POSITIONS * Short.BYTES;
            case INT8 -> Int8Block.KEYS.bytes(headDim);
        };
    }

    /** Bytes the values of one block take. */
    public int valueBlockBytes(int headDim) {
        return switch (this) {
            case F32 -> headDim * BLOCK_POSITIONS * Float.BYTES;
            case F16 -> headDim * BLOCK_POSITIONS * Short.BYTES;
            case INT8 -> Int8Block.VALUES.bytes(headDim);
        };
    }
}
