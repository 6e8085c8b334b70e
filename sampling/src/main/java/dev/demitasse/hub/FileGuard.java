package dev.demitasse.hub;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A lock on a file's name, between processes and inside of this one. The operating system takes it from a process that
 * dies. Lock files stay: one that is deleted could be locked by two at once.
 */
final class FileGuard implements AutoCloseable {
    private static final long POLL_NANOS = Duration.ofMillis(100).toNanos();

    private final FileChannel channel;

    private FileGuard(FileChannel channel) {
        this.channel = channel;
    }

    /** Waits until nobody else holds the lock. */
    static FileGuard acquire(Path file) throws IOException, InterruptedException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean held = false;
        try {
            while (tryLock(channel) == null) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                // No event tells when another process lets go.
                LockSupport.parkNanos(POLL_NANOS);
            }
            held = true;
            return new FileGuard(channel);
        } finally {
            if (!held) {
                channel.close();
            }
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException _) {
            return null; // another thread of this process
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
