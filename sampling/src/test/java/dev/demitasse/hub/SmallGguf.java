package dev.demitasse.hub;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** The smallest GGUF file with a tensor. */
final class SmallGguf {
    private SmallGguf() {}

    static byte[] bytes() {
        ByteBuffer out = ByteBuffer.allocate(1024).order(ByteOrder.LITTLE_ENDIAN);
        out.put("GGUF".getBytes(StandardCharsets.US_ASCII)).putInt(3).putLong(1).putLong(0);
        out.putLong(1).put((byte) 'w').putInt(1).putLong(64).putInt(0).putLong(0);
        out.position(Math.ceilDiv(out.position(), 32) * 32);
        for (int i = 0; i < 64; i++) {
            out.putFloat(i);
        }
        return java.util.Arrays.copyOf(out.array(), out.position());
    }
}
