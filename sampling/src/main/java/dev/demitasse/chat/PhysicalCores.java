package dev.demitasse.chat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * How many threads are worth while: two hyper-threads of a core share the units that a kernel keeps busy, so that cores
 * count, not what the operating system calls processors.
 */
final class PhysicalCores {
    private static final Path LINUX_PROCESSORS = Path.of("/sys/devices/system/cpu");

    private PhysicalCores() {}

    /** Physical cores, at most as many as the process may use (affinity, cgroup quota); at least 1. */
    static int usable() {
        int available = Runtime.getRuntime().availableProcessors();
        int cores = countLinuxCores(LINUX_PROCESSORS);
        return Math.max(1, cores == 0 ? available : Math.min(cores, available));
    }

    /** Cores that Linux describes in this folder, or 0 where it does not. */
    static int countLinuxCores(Path processors) {
        Set<String> siblings = new HashSet<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(processors, "cpu[0-9]*")) {
            for (Path folder : folders) {
                Path list = folder.resolve("topology").resolve("thread_siblings_list");
                if (Files.isReadable(list)) {
                    siblings.add(Files.readString(list).strip());
                }
            }
        } catch (IOException _) {
            return 0;
        }
        return siblings.size();
    }
}
