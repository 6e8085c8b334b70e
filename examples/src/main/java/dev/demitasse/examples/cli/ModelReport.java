package dev.demitasse.examples.cli;

import dev.demitasse.chat.ModelInfo;
import dev.demitasse.chat.Timings;
import dev.demitasse.chat.Usage;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** What was loaded and how it ran, for people and for scripts. */
final class ModelReport {
    private ModelReport() {}

    /** Kernels, precision and the rest that a result depends on. */
    static Map<String, Object> of(ModelInfo info) {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("model", info.name());
        report.put("architecture", info.architecture());
        report.put("weight_bytes", info.weightBytes());
        report.put("kernels", info.kernels());
        report.put("kernel_reason", info.kernelReason());
        report.put("precision", lower(info.precision()));
        report.put("kv_type", lower(info.kvType()));
        report.put("threads", info.threads());
        report.put("context", info.contextSize());
        return report;
    }

    /** One line about a model. */
    static String line(ModelInfo info) {
        long bytes =
                info.weightBytes().values().stream().mapToLong(Long::longValue).sum();
        return String.format(
                Locale.ROOT,
                "%s: %s, %.1f M parameters, %s of %s, %s kernels, %s precision, %s KV cache, %d threads",
                info.name(),
                info.architecture(),
                info.parameters() / 1e6,
                Sizes.bytes(bytes),
                info.weightBytes().keySet().iterator().next(),
                info.kernels(),
                lower(info.precision()),
                lower(info.kvType()),
                info.threads());
    }

    /** One line about an answer. */
    static String line(Usage usage, Timings timings) {
        String guesses = timings.proposedTokens() == 0
                ? ""
                : ", " + timings.acceptedTokens() + " of " + timings.proposedTokens() + " guesses right";
        return String.format(
                Locale.ROOT,
                "%d + %d tokens (%d cached), first after %d ms, prefill %.0f and decode %.1f tokens/s%s",
                usage.promptTokens(),
                usage.completionTokens(),
                usage.cachedTokens(),
                timings.firstToken().toMillis(),
                timings.prefillTokensPerSecond(),
                timings.decodeTokensPerSecond(),
                guesses);
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
