package dev.demitasse.examples.cli;

import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.RawModel;
import dev.demitasse.core.format.Gguf;
import dev.demitasse.core.format.TensorInfo;
import dev.demitasse.core.runtime.MachineProbes;
import dev.demitasse.core.runtime.Workers;
import dev.demitasse.demo.DemoModel;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What this machine and this JVM can do, what to expect of them, and how to launch an application here. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description = "Says what this machine and this JVM can do for models, and how to launch an application.")
final class Doctor implements Callable<Integer> {
    // Bytes read and float operations per token of Qwen2.5-0.5B-Instruct in Q8_0, where no model is named.
    private static final long TYPICAL_WEIGHT_BYTES = 525_000_000;
    private static final double DECODE_SHARE = 0.7;

    private static final long PROBE_NANOS = 600_000_000;

    @Parameters(arity = "0..1", paramLabel = "MODEL", description = "A GGUF file whose speed here to estimate.")
    private @Nullable String model;

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            description = "Threads to probe with.")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        machine(out);
        java(out);
        kernels(out);
        speed(out);
        out.println();
        out.print(LaunchLines.text());
        return 0;
    }

    private static void machine(PrintWriter out) {
        line(out, "processor", Machine.processor());
        Machine.vectorInstructions().ifPresent(found -> line(out, "instructions", found));
        line(
                out,
                "cores",
                Runtime.getRuntime().availableProcessors() + " available to this process"
                        + Machine.cgroupCpuLimit()
                                .map(quota -> ", container quota " + quota)
                                .orElse(""));
        Machine.cgroupMemoryLimit().ifPresent(limit -> line(out, "memory limit", Sizes.bytes(limit)));
        line(out, "system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    }

    private static void java(PrintWriter out) {
        line(
                out,
                "Java",
                Runtime.version() + ", " + System.getProperty("java.vm.name") + ", " + System.getProperty("java.home"));
        line(out, "heap", "at most " + Sizes.bytes(Runtime.getRuntime().maxMemory()));
        line(out, "JIT compiler", System.getProperty("sun.management.compiler", compiler()));
        line(
                out,
                "JVM arguments",
                String.join(" ", ManagementFactory.getRuntimeMXBean().getInputArguments()));
    }

    private static String compiler() {
        var compilation = ManagementFactory.getCompilationMXBean();
        return compilation == null ? "none: this JVM interprets, expect it to be very slow" : compilation.getName();
    }

    /** Asked of the smallest model there is: the choice is the same for all. */
    private static void kernels(PrintWriter out) {
        try (RawModel smallest = LanguageModel.loader().loadRaw(DemoModel.path())) {
            line(
                    out,
                    "kernels",
                    smallest.info().kernels() + ": " + smallest.info().kernelReason());
        }
    }

    private void speed(PrintWriter out) {
        // A quarter of the heap at most: a small one must not end the report.
        long affordable = Runtime.getRuntime().maxMemory() / 4 / threads;
        int streamBytes = Math.clamp(affordable, Long.BYTES, MachineProbes.UNCACHED_BYTES);
        double readPerSecond;
        double multiplyAddsPerSecond;
        try (Workers workers = new Workers("demitasse-doctor", threads)) {
            MachineProbes probes = new MachineProbes(workers, streamBytes);
            readPerSecond = probes.streamedBytes() / fastestSeconds(probes::stream);
            multiplyAddsPerSecond = probes.multiplyAdds() / fastestSeconds(probes::multiplyAdd);
        }
        line(
                out,
                "memory read",
                String.format(Locale.ROOT, "%.1f GB/s on %d threads", readPerSecond / 1e9, threads)
                        + (streamBytes < MachineProbes.UNCACHED_BYTES
                                ? ", of " + Sizes.bytes((long) streamBytes * threads)
                                        + " that caches may hold: the heap has no room for more"
                                : ""));
        line(
                out,
                "multiply-add",
                String.format(
                        Locale.ROOT, "%.0f GFLOP/s float32 on %d threads", 2e-9 * multiplyAddsPerSecond, threads));
        Path file =
                model == null ? null : ModelFiles.find(model, spec.commandLine().getErr());
        long bytes = file == null ? TYPICAL_WEIGHT_BYTES : bytesPerToken(file);
        double limit = readPerSecond / bytes;
        line(
                out,
                "expect",
                String.format(
                        Locale.ROOT,
                        "about %.0f tokens/s for %s (memory allows at most %.0f); bench measures it",
                        DECODE_SHARE * limit,
                        file == null ? "Qwen2.5-0.5B in Q8_0" : file.getFileName(),
                        limit));
    }

    /** The shortest of many runs, the first of which let the compiler do its work. */
    private static double fastestSeconds(Runnable work) {
        long best = Long.MAX_VALUE;
        long start = System.nanoTime();
        do {
            long from = System.nanoTime();
            work.run();
            best = Math.min(best, System.nanoTime() - from);
        } while (System.nanoTime() - start < PROBE_NANOS);
        return Math.max(1, best) / 1e9;
    }

    /** Every weight is read once a token, but of an embedding that is not also the head only one row. */
    private static long bytesPerToken(Path file) {
        try (Gguf gguf = Gguf.open(file)) {
            boolean ownHead = gguf.tensors().containsKey("output.weight");
            return gguf.tensors().values().stream()
                    .filter(tensor -> !(ownHead && tensor.name().equals("token_embd.weight")))
                    .mapToLong(TensorInfo::byteSize)
                    .sum();
        }
    }

    private static void line(PrintWriter out, String label, String text) {
        out.println(String.format(Locale.ROOT, "%-14s %s", label, text));
    }
}
