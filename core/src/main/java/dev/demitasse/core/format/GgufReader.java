package dev.demitasse.core.format;

import dev.demitasse.core.format.FileFormatException.Kind;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A cursor over the head of a GGUF file: everything before the weights. What was read stays in one array, so that
 * 151,936 token strings cost their bytes and nothing else.
 *
 * <p>Reads go through the file's channel, not through a mapping: a file that shrinks meanwhile is an error like any
 * other. The array grows with what was really read, never with what a count in the file claims.
 */
final class GgufReader {
    /** Longest head accepted; that of a model with 262,144 tokens takes about 12 MB. */
    static final int MAX_HEAD = 1 << 26;

    private static final int FIRST_READ = 1 << 16;

    private final OpenFile file;
    private byte[] bytes = new byte[0];
    private int filled;
    private int position;

    GgufReader(OpenFile file) {
        this.file = file;
    }

    int position() {
        return position;
    }

    /** The bytes read so far, for those who keep a place in them. */
    byte[] bytes() {
        return bytes;
    }

    long remaining() {
        return file.size() - position;
    }

    int i32(String what) {
        int at = advance(Integer.BYTES, what);
        return intAt(bytes, at);
    }

    long i64(String what) {
        int at = advance(Long.BYTES, what);
        return longAt(bytes, at);
    }

    /** Reads how many there are of {@code what}, refusing what is negative or beyond {@code limit}. */
    int count(String what, int limit, Kind kind) {
        int start = position;
        long count = i64(what);
        if (count < 0 || count > limit) {
            throw error(kind, start, Long.toUnsignedString(count) + " as the length of " + what, "at most " + limit);
        }
        return (int) count;
    }

    /** Reads a string of at most {@code limit} bytes, which must be UTF-8. */
    String string(String what, int limit) {
        int length = count(what, limit, Kind.STRING_TOO_LONG);
        int start = advance(length, what);
        String text = utf8(bytes, start, length);
        if (text == null) {
            throw error(Kind.BAD_UTF8, start, what + " that is not UTF-8", "UTF-8 text");
        }
        return text;
    }

    /** Moves over {@code length} bytes, which are then in {@link #bytes()}, and returns where they start. */
    int advance(int length, String what) {
        if (length > filled - position) {
            fill(length, what);
        }
        int start = position;
        position += length;
        return start;
    }

    private void fill(int length, String what) {
        long needed = (long) position + length;
        if (needed > file.size()) {
            throw error(
                    Kind.TRUNCATED,
                    position,
                    remaining() + " bytes to the end of the file",
                    length + " bytes for " + what);
        }
        if (needed > MAX_HEAD) {
            throw error(Kind.ARRAY_TOO_LONG, position, "metadata that goes on", "at most " + MAX_HEAD + " bytes");
        }
        long wish = Math.max(needed, Math.max(FIRST_READ, 2L * filled));
        int target = (int) Math.min(Math.min(wish, MAX_HEAD), file.size());
        bytes = Arrays.copyOf(bytes, target);
        file.readFully(filled, bytes, filled, target);
        filled = target;
    }

    FileFormatException error(Kind kind, long at, String found, String expected) {
        return FileFormatException.damaged(kind, file.path(), "byte " + at, found, expected);
    }

    /** Decodes UTF-8, or returns null if it is malformed. */
    static @Nullable String utf8(byte[] bytes, int from, int length) {
        String text = new String(bytes, from, length, StandardCharsets.UTF_8);
        // The JDK's fast decoder puts U+FFFD for malformed bytes: only then is it worth comparing.
        if (text.indexOf('\uFFFD') >= 0) {
            byte[] back = text.getBytes(StandardCharsets.UTF_8);
            if (!Arrays.equals(back, 0, back.length, bytes, from, from + length)) {
                return null;
            }
        }
        return text;
    }

    // Spelt out, because a VarHandle costs milliseconds at its first use, and a head is read once.
    static short shortAt(byte[] bytes, int at) {
        return (short) ((bytes[at] & 0xff) | (bytes[at + 1] << 8));
    }

    static int intAt(byte[] bytes, int at) {
        return (shortAt(bytes, at) & 0xffff) | (shortAt(bytes, at + 2) << 16);
    }

    static long longAt(byte[] bytes, int at) {
        return (intAt(bytes, at) & 0xffff_ffffL) | ((long) intAt(bytes, at + 4) << 32);
    }
}
