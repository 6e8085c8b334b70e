package dev.demitasse.core.model;

import dev.demitasse.core.format.TensorFile;
import dev.demitasse.core.format.TensorInfo;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Tells models apart without reading them whole: SHA-256 of the configuration and, for each tensor, its name, type, shape
 * and the bytes at its beginning, middle and end. Training changes nearly every weight, so that two models differ in one of
 * these places.
 */
final class ModelFingerprint {
    private static final int SAMPLE = 64;

    private ModelFingerprint() {}

    /** @param format what matrices become when they are loaded, or null */
    static String of(TensorFile file, DecoderConfig config, @Nullable WeightFormat format) {
        MessageDigest digest = sha256();
        update(digest, config.toString());
        if (format != null) {
            update(digest, format.name());
        }
        file.checkUnchanged();
        for (TensorInfo tensor : new TreeMap<>(file.tensors()).values()) {
            update(digest, tensor.name() + " " + tensor.typeName() + " " + tensor.shape());
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment bytes = file.map(tensor, arena);
                long last = Math.max(0, bytes.byteSize() - SAMPLE);
                update(digest, bytes, 0);
                update(digest, bytes, last / 2);
                update(digest, bytes, last);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void update(MessageDigest digest, String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
    }

    private static void update(MessageDigest digest, MemorySegment bytes, long from) {
        long size = Math.min(SAMPLE, bytes.byteSize() - from);
        digest.update(bytes.asSlice(from, size).toArray(ValueLayout.JAVA_BYTE));
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
