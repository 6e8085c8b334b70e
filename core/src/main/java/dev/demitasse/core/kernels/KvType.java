package dev.demitasse.core.kernels;

/**
 * How the KV cache stores keys and values.
 *
 * <p>A block holds {@link #BLOCK_POSITIONS} consecutive positions of one layer and one KV head: its keys, transposed
 * ({@code [headDim, positions]}, so that a vector holds one channel of many positions), then its values
 * ({@code [positions, headDim]}). Numbers are little-endian; INT8 keeps the f16 scales behind the codes of the block,
 * one for each channel of the keys and one for each position of the values.
 *
 * <p>{@link #INT8} stores keys with one scale a channel and values with one scale a position, because the keys of real
 * Qwen2.5 models have a few channels a hundred times larger than the rest. A key block is therefore complete before it
 * can be encoded: the cache holds the block under construction as {@link #F32}.
 */
public enum KvType {
    /** Floats: exact. */
    F32,
    /** IEEE half precision, rounded to nearest even; values beyond its range saturate. */
    F16,
    /** 8 bits and an f16 scale per key channel and block, or per value and position. */
    INT8;

    /** Positions a block holds. */
    public static final int BLOCK_POSITIONS = 32;

    /** Bytes the keys of one block take. */
    public int keyBlockBytes(int headDim) {
        return switch (this) {
            case F32 -> headDim * BLOCK_POSITIONS * Float.BYTES;
            case F16 -> headDim * BLOCK_POSITIONS * Short.BYTES;
            case INT8 -> headDim * (BLOCK_POSITIONS + Short.BYTES);
        };
    }

    /** Bytes the values of one block take. */
    public int valueBlockBytes(int headDim) {
        return switch (this) {
            case F32 -> headDim * BLOCK_POSITIONS * Float.BYTES;
            case F16 -> headDim * BLOCK_POSITIONS * Short.BYTES;
            case INT8 -> BLOCK_POSITIONS * (headDim + Short.BYTES);
        };
    }
}
