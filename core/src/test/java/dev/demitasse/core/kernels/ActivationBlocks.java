package dev.demitasse.core.kernels;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Encodes floats as {@code block_q8_K}, the form that ggml gives activations for the K formats: no weights have it. */
final class ActivationBlocks {
    private static final int SIZE = 256;
    private static final int SUM_GROUP = 16;

    private ActivationBlocks() {}

    /** A float scale, 256 codes, and the sum of each 16 codes. */
    static byte[] encode(float[] x) {
        ByteBuffer out = ByteBuffer.allocate(x.length / SIZE * 292).order(ByteOrder.LITTLE_ENDIAN);
        for (int start = 0; start < x.length; start += SIZE) {
            float largest = BlockEncoder.largest(x, start, SIZE);
            float inverse = largest == 0 ? 0 : -127f / largest;
            int[] codes = new int[SIZE];
            int[] sums = new int[SIZE / SUM_GROUP];
            for (int i = 0; i < SIZE; i++) {
                codes[i] = Math.min(127, (int) Math.rint(inverse * x[start + i]));
                sums[i / SUM_GROUP] += codes[i];
            }
            out.putFloat(largest == 0 ? 0 : 1 / inverse);
            for (int code : codes) {
                out.put((byte) code);
            }
            for (int sum : sums) {
                out.putShort((short) sum);
            }
        }
        return out.array();
    }
}
