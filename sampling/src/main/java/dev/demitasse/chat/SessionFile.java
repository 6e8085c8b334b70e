package dev.demitasse.chat;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * A saved session as a file. Numbers are big-endian:
 *
 * <pre>
 * bytes   what
 * 8       "DEMITASS"
 * 4       version
 * 4       length of the description
 * 8       length of the keys and values
 * n       the description, JSON in UTF-8: {@link SavedSession}
 * 4       CRC-32C of all before
 * n       keys and values, as {@code KvCache.write} writes them
 * 4       CRC-32C of the keys and values
 * </pre>
 *
 * <p>No length is believed before it is compared with the size of the file. A file is written beside its place, forced to
 * the disk and renamed, so that the place holds the old file or the new one, whatever happens.
 */
final class SessionFile implements AutoCloseable {
    static final int VERSION = 1;

    private static final byte[] MAGIC = "DEMITASS".getBytes(StandardCharsets.US_ASCII);
    private static final int HEAD = MAGIC.length + 4 + 4 + 8;
    private static final int CHECKSUM = 4;
    // A million tokens' worth; what one session says about itself is far below.
    private static final int MOST_DESCRIPTION = 1 << 26;

    /** Writes keys and values. */
    @FunctionalInterface
    interface KvWriter {
        void write(WritableByteChannel out) throws IOException;
    }

    private final Path path;
    private final FileChannel channel;
    private final SavedSession session;
    private final long kvBytes;

    private SessionFile(Path path, FileChannel channel) throws IOException {
        this.path = path;
        this.channel = channel;
        CRC32C checksum = new CRC32C();
        long size = channel.size();
        if (size < HEAD) {
            throw damaged("it has " + size + " bytes, fewer than the head of a saved session");
        }
        ByteBuffer head = read(HEAD, checksum);
        byte[] magic = new byte[MAGIC.length];
        head.get(magic);
        if (!Arrays.equals(magic, MAGIC)) {
            throw new SavedSessionException(path + ": found something else than a saved session, which begins with "
                    + new String(MAGIC, StandardCharsets.US_ASCII) + ". Was it written by ChatSession.save?");
        }
        int version = head.getInt();
        if (version != VERSION) {
            throw new SavedSessionException(path + ": found a saved session of version " + version + "; this library"
                    + " reads version " + VERSION + ". Use the version of the library that saved it, or start anew");
        }
        int descriptionBytes = head.getInt();
        this.kvBytes = head.getLong();
        if (descriptionBytes < 0
                || descriptionBytes > MOST_DESCRIPTION
                || kvBytes < 0
                || size - HEAD - descriptionBytes - 2 * CHECKSUM != kvBytes) {
            throw damaged("it has " + size + " bytes, and says that there are " + descriptionBytes
                    + " of description and " + kvBytes + " of keys and values");
        }
        ByteBuffer description = read(descriptionBytes, checksum);
        requireChecksum(checksum, "description");
        this.session = parse(StandardCharsets.UTF_8.decode(description).toString());
    }

    /**
     * Opens a file and reads its description.
     *
     * @throws SavedSessionException if it cannot be read, is no saved session, or is damaged
     */
    static SessionFile open(Path path) {
        FileChannel channel = null;
        boolean complete = false;
        try {
            channel = FileChannel.open(path, StandardOpenOption.READ);
            SessionFile file = new SessionFile(path, channel);
            complete = true;
            return file;
        } catch (NoSuchFileException e) {
            throw new SavedSessionException(path + ": found no such file; expected a saved session", e);
        } catch (IOException e) {
            throw unreadable(path, e);
        } finally {
            if (!complete && channel != null) {
                closeQuietly(channel);
            }
        }
    }

    private SavedSession parse(String json) {
        try {
            return SavedSession.fromJson(json);
        } catch (RuntimeException e) {
            throw new SavedSessionException(
                    path + ": found a description that this version does not understand: " + e.getMessage(), e);
        }
    }

    SavedSession session() {
        return session;
    }

    /** Bytes of keys and values. */
    long kvBytes() {
        return kvBytes;
    }

    /** Reads the keys and values, from where the description ends; {@link #requireIntact} comes after. */
    ReadableByteChannel kv(CRC32C checksum) {
        return new ReadableByteChannel() {
            private long left = kvBytes;

            @Override
            public int read(ByteBuffer target) throws IOException {
                if (left == 0) {
                    return -1;
                }
                ByteBuffer part = target.slice();
                part.limit((int) Math.min(part.limit(), left));
                int count = channel.read(part);
                if (count > 0) {
                    checksum.update(part.flip());
                    target.position(target.position() + count);
                    left -= count;
                }
                return count;
            }

            @Override
            public boolean isOpen() {
                return channel.isOpen();
            }

            @Override
            public void close() {}
        };
    }

    /** Reads and checks the keys and values without keeping them. */
    void skipKv() throws IOException {
        CRC32C checksum = new CRC32C();
        ReadableByteChannel kv = kv(checksum);
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
        while (kv.read(buffer.clear()) >= 0) {
            // The checksum is all that is wanted.
        }
        requireIntact(checksum);
    }

    /** Compares with the checksum at the end, once the keys and values are read. */
    void requireIntact(CRC32C checksum) throws IOException {
        requireChecksum(checksum, "keys and values");
    }

    private void requireChecksum(CRC32C checksum, String part) throws IOException {
        int expected = (int) checksum.getValue();
        if (read(CHECKSUM, new CRC32C()).getInt() != expected) {
            throw damaged("the checksum of its " + part + " is wrong");
        }
    }

    private ByteBuffer read(int count, CRC32C checksum) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new EOFException("the file became shorter while it was read");
            }
        }
        checksum.update(buffer.flip());
        return buffer.rewind();
    }

    SavedSessionException damaged(String what) {
        return new SavedSessionException(
                path + ": found a damaged file: " + what + ". Restore it from a copy, or start anew");
    }

    static SavedSessionException unreadable(Path path, IOException e) {
        return new SavedSessionException(path + ": cannot be read: " + e.getMessage(), e);
    }

    @Override
    public void close() {
        closeQuietly(channel);
    }

    private static void closeQuietly(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException _) {
            // It was only read from.
        }
    }

    /**
     * Writes a file, in place of one that may be there; afterwards there is the new one or, after an error, the old one.
     * Only its owner may read it, where the file system knows owners.
     *
     * @throws SavedSessionException if that is not possible
     */
    static void write(Path path, SavedSession session, long kvBytes, KvWriter kv) {
        Path folder = path.toAbsolutePath().getParent();
        if (folder == null) {
            throw new SavedSessionException(path + ": found the root of a file system; expected the name of a file");
        }
        try {
            Path beside = Files.createTempFile(folder, String.valueOf(path.getFileName()), ".tmp");
            boolean complete = false;
            try {
                try (FileChannel out = FileChannel.open(beside, StandardOpenOption.WRITE)) {
                    write(out, session, kvBytes, kv);
                    out.force(true);
                }
                Files.move(beside, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                complete = true;
            } finally {
                if (!complete) {
                    Files.deleteIfExists(beside);
                }
            }
            force(folder);
        } catch (IOException e) {
            throw new SavedSessionException(path + ": the session could not be saved: " + e.getMessage(), e);
        }
    }

    private static void write(FileChannel out, SavedSession session, long kvBytes, KvWriter kv) throws IOException {
        byte[] description = escapeHalfPairs(session.toJson()).getBytes(StandardCharsets.UTF_8);
        ByteBuffer head = ByteBuffer.allocate(HEAD + description.length + CHECKSUM);
        head.put(MAGIC)
                .putInt(VERSION)
                .putInt(description.length)
                .putLong(kvBytes)
                .put(description);
        CRC32C checksum = new CRC32C();
        checksum.update(head.array(), 0, head.position());
        head.putInt((int) checksum.getValue()).flip();
        writeAll(head, out);
        CRC32C kvChecksum = new CRC32C();
        kv.write(checked(out, kvChecksum));
        writeAll(
                ByteBuffer.allocate(CHECKSUM)
                        .putInt((int) kvChecksum.getValue())
                        .flip(),
                out);
    }

    private static WritableByteChannel checked(FileChannel out, CRC32C checksum) {
        return new WritableByteChannel() {
            @Override
            public int write(ByteBuffer bytes) throws IOException {
                checksum.update(bytes.duplicate());
                int count = bytes.remaining();
                writeAll(bytes, out);
                return count;
            }

            @Override
            public boolean isOpen() {
                return out.isOpen();
            }

            @Override
            public void close() {}
        };
    }

    private static void writeAll(ByteBuffer bytes, FileChannel out) throws IOException {
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }

    /** Half a surrogate pair has no UTF-8; in JSON it can be written as an escape. */
    private static String escapeHalfPairs(String json) {
        StringBuilder escaped = new StringBuilder(json.length());
        json.codePoints().forEach(codePoint -> {
            if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
                escaped.append("\\u").append(Integer.toHexString(codePoint));
            } else {
                escaped.appendCodePoint(codePoint);
            }
        });
        return escaped.toString();
    }

    /** Makes the renaming last; where folders cannot be opened, the system sees to it in its own time. */
    private static void force(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException _) {
            // Windows.
        }
    }
}
