package dev.demitasse.examples.cli;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** What the operating system says about this machine, this process and its limits. Linux tells most. */
final class Machine {
    private Machine() {}

    /** The processor's name. */
    static String processor() {
        return firstField(Path.of("/proc/cpuinfo"), "model name").orElse(System.getProperty("os.arch"));
    }

    /** Widest vector instructions the processor has, for people; empty where the system does not tell. */
    static Optional<String> vectorInstructions() {
        return firstField(Path.of("/proc/cpuinfo"), "flags").map(flags -> {
            List<String> known = List.of(flags.split(" ", -1));
            return Stream.of("avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512_vnni", "avx512_bf16", "avx_vnni")
                    .filter(known::contains)
                    .reduce((all, next) -> all + " " + next)
                    .orElse("none of those this library profits from");
        });
    }

    /** Processor time that the container may use, in cores; empty without a limit. */
    static Optional<String> cgroupCpuLimit() {
        return content(Path.of("/sys/fs/cgroup/cpu.max")).filter(quota -> !quota.startsWith("max"));
    }

    /** Bytes that the container may use; empty without a limit. */
    static OptionalLong cgroupMemoryLimit() {
        return content(Path.of("/sys/fs/cgroup/memory.max"))
                .filter(limit -> limit.chars().allMatch(Character::isDigit))
                .map(limit -> OptionalLong.of(Long.parseLong(limit)))
                .orElse(OptionalLong.empty());
    }

    /** Largest resident memory of this process so far, bytes; empty where the system does not tell. */
    static OptionalLong peakResidentBytes() {
        return firstField(Path.of("/proc/self/status"), "VmHWM")
                .map(text -> OptionalLong.of(1024 * Long.parseLong(text.substring(0, text.indexOf(' ')))))
                .orElse(OptionalLong.empty());
    }

    /** Milliseconds since this process was started. */
    static double millisecondsSinceStart() {
        return System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime();
    }

    private static Optional<String> firstField(Path file, String name) {
        return content(file)
                .flatMap(text -> text.lines()
                        .filter(line -> line.startsWith(name))
                        .map(line -> line.substring(line.indexOf(':') + 1).strip())
                        .findFirst());
    }

    private static Optional<String> content(Path file) {
        try {
            return Optional.of(Files.readString(file).strip());
        } catch (IOException _) {
            return Optional.empty();
        }
    }
}
