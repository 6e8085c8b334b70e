package dev.demitasse.core.format;

import dev.demitasse.core.format.FileFormatException.Kind;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** A regular file opened for reading; whatever the operating system says against it becomes a typed error. */
final class OpenFile implements AutoCloseable {
    // The JDK copies heap reads through a buffer of the request's size and keeps that for the thread's life.
    private static final int CHUNK = 1 << 18;
    // Far below what a ByteBuffer can address, and a round number for the file system.
    private static final long LARGE_CHUNK = 1L << 28;

    private final Path path;
    private final RandomAccessFile file;
    private final FileChannel channel;
    private final long size;

    private OpenFile(Path path, RandomAccessFile file) throws IOException {
        this.path = path;
        this.file = file;
        this.channel = file.getChannel();
        this.size = file.length();
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
            if (Files.notExists(path)) {
                throw new FileFormatException(
                        Kind.MISSING_FILE, path, "the path", "no such file", "a model file", "Check the path.");
            }
            RandomAccessFile file = new RandomAccessFile(path.toFile(), "r");
            try {
                return new OpenFile(path, file);
            } catch (IOException | RuntimeException failure) {
                file.close();
                throw failure;
            }
        } catch (IOException failure) {
            throw unreadable(path, "the path", failure);
        } catch (UnsupportedOperationException otherFileSystem) {
            throw new FileFormatException(
                    Kind.UNREADABLE,
                    path,
                    "the path",
                    "a path of " + path.getFileSystem().provider().getScheme(),
                    "a file of the operating system",
                    "Copy the file out of its archive first.",
                    otherFileSystem);
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

    /**
     * Throws if the file is no longer as long as it was. One system call without allocation, and unlike a channel's, one
     * that an interrupted thread may make without closing the file.
     */
    void checkUnchanged() {
        try {
            long sizeNow = file.length();
            if (sizeNow != size) {
                throw changed(Math.min(size, sizeNow), sizeNow);
            }
        } catch (IOException failure) {
            throw unreadable(path, "the length", failure);
        }
    }

    MemorySegment map(long offset, long length, Arena arena) {
        try {
            checkUnchanged();
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
                "a file that now has " + sizeNow + " bytes",
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
            file.close();
        } catch (IOException failure) {
            throw unreadable(path, "closing", failure);
        }
    }
}
