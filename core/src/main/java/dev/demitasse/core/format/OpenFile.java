package dev.demitasse.core.format;

import dev.demitasse.core.format.FileFormatException.Kind;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A regular file opened for reading; whatever the operating system says against it becomes a typed error. */
final class OpenFile implements AutoCloseable {
    // The JDK copies heap reads through a buffer of the request's size and keeps that for the thread's life.
    private static final int CHUNK = 1 << 18;
    // Far below what a ByteBuffer can address, and a round number for the file system.
    private static final long LARGE_CHUNK = 1L << 28;

    private final Path path;
    private final FileChannel channel;
    private final long size;

    private OpenFile(Path path, FileChannel channel, long size) {
        this.path = path;
        this.channel = channel;
        this.size = size;
    }

    static OpenFile open(Path path) {
        try {
            // Opening a pipe would wait for a writer, perhaps for ever.
            if (Files.exists(path) && !Files.isRegularFile(path)) {
                throw new FileFormatException(
                        Kind.UNREADABLE,
                        path,
                        "the path",
                        Files.isDirectory(path) ? "a folder" : "something that is not a file",
                        "a regular file",
                        "");
            }
            FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
            try {
                return new OpenFile(path, channel, channel.size());
            } catch (IOException | RuntimeException failure) {
                channel.close();
                throw failure;
            }
        } catch (NoSuchFileException absent) {
            throw new FileFormatException(
                    Kind.MISSING_FILE, path, "the path", "no such file", "a model file", "Check the path.", absent);
        } catch (IOException failure) {
            throw unreadable(path, "the path", failure);
        }
    }

    Path path() {
        return path;
    }

    /** Bytes the file had when it was opened. */
    long size() {
        return size;
    }

    /** Fills {@code target[from ..< to]} from {@code position}; the caller has checked that the file reaches so far. */
    void readFully(long position, byte[] target, int from, int to) {
        int done = from;
        while (done < to) {
            ByteBuffer chunk = ByteBuffer.wrap(target, done, Math.min(CHUNK, to - done));
            done += readSome(position + (done - from), chunk);
        }
    }

    void readFully(long position, MemorySegment target) {
        long done = 0;
        while (done < target.byteSize()) {
            long length = Math.min(LARGE_CHUNK, target.byteSize() - done);
            done += readSome(position + done, target.asSlice(done, length).asByteBuffer());
        }
    }

    /** Reads at least one byte. */
    private int readSome(long position, ByteBuffer target) {
        try {
            int read = channel.read(target, position);
            if (read < 0) {
                throw changed(position, channel.size());
            }
            return read;
        } catch (IOException failure) {
            throw unreadable(path, "byte " + position, failure);
        }
    }

    MemorySegment map(long offset, long length, Arena arena) {
        try {
            long sizeNow = channel.size();
            if (offset > sizeNow - length) {
                throw changed(offset, sizeNow);
            }
            return channel.map(FileChannel.MapMode.READ_ONLY, offset, length, arena);
        } catch (IOException failure) {
            throw unreadable(path, "byte " + offset, failure);
        }
    }

    private FileFormatException changed(long position, long sizeNow) {
        return new FileFormatException(
                Kind.CHANGED,
                path,
                "byte " + position,
                "the file now ending after " + sizeNow + " bytes",
                size + " bytes, as when it was opened",
                "Replace model files by renaming a complete new file over the old one, never in place.");
    }

    private static FileFormatException unreadable(Path path, String place, IOException failure) {
        return new FileFormatException(
                Kind.UNREADABLE, path, place, failure.toString(), "a readable file", "Check its permissions.", failure);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException failure) {
            throw unreadable(path, "closing", failure);
        }
    }
}
