package dev.demitasse.hub;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What the content of a file must hash to. A hub names it in the {@code ETag}: large files by their SHA-256 (the oid of
 * Git LFS), small ones by the SHA-1 of their Git blob, which begins with a head that holds the size.
 */
record Checksum(Kind kind, String hex) {
    enum Kind {
        SHA256,
        GIT_BLOB
    }

    /** The checksum that an {@code ETag} of a hub stands for, or null if it stands for none. */
    static @Nullable Checksum ofTag(String tag) {
        String hex = tag.replaceFirst("^W/", "").replace("\"", "").toLowerCase(Locale.ROOT);
        if (!hex.matches("[0-9a-f]*")) {
            return null;
        }
        return switch (hex.length()) {
            case 64 -> new Checksum(Kind.SHA256, hex);
            case 40 -> new Checksum(Kind.GIT_BLOB, hex);
            default -> null;
        };
    }

    /** A digest of the kind of {@code checksum} over a content of {@code size} bytes, before its first byte. */
    static MessageDigest digest(@Nullable Checksum checksum, long size) {
        if (checksum == null || checksum.kind == Kind.SHA256) {
            return digest("SHA-256");
        }
        MessageDigest digest = digest("SHA-1");
        digest.update(("blob " + size + "\0").getBytes(StandardCharsets.US_ASCII));
        return digest;
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has " + algorithm, e);
        }
    }

    /** The text form of a hash of what a digest has seen so far; the digest may go on. */
    static String text(MessageDigest digest) {
        try {
            return HexFormat.of().formatHex(((MessageDigest) digest.clone()).digest());
        } catch (CloneNotSupportedException e) {
            throw new AssertionError("digests of the JDK can be cloned", e);
        }
    }

    /** The SHA-256 of a text. */
    static String ofText(String text) {
        MessageDigest digest = digest("SHA-256");
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        return text(digest);
    }
}
