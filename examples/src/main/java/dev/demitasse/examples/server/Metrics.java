package dev.demitasse.examples.server;

import dev.demitasse.chat.Reply;
import dev.demitasse.chat.Usage;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** What the server has done, in Prometheus' text format. Thread-safe. */
final class Metrics {
    private static final double NANOS = 1e9;

    private final Map<String, LongAdder> counters = new ConcurrentSkipListMap<>();
    private final Map<String, String> help = new ConcurrentHashMap<>();
    private final List<Gauge> gauges = new CopyOnWriteArrayList<>();
    private final Histogram duration = new Histogram(
            "demitasse_request_duration_seconds",
            "From the whole request to the end of the response.",
            0.005,
            0.025,
            0.1,
            0.5,
            1,
            2.5,
            5,
            10,
            30,
            60,
            120,
            300,
            600);
    private final Histogram firstToken = new Histogram(
            "demitasse_time_to_first_token_seconds",
            "From the start of a reply to its first token, waiting for other replies included.",
            0.01,
            0.025,
            0.05,
            0.1,
            0.25,
            0.5,
            1,
            2.5,
            5,
            10,
            30,
            60);
    private final Histogram decodeRate = new Histogram(
            "demitasse_decode_tokens_per_second",
            "Rate at which a reply was written, from its first token to its last.",
            1,
            2,
            5,
            10,
            20,
            30,
            50,
            75,
            100,
            200,
            500,
            1000,
            2000);

    private record Gauge(String name, String help, DoubleSupplier value) {}

    Metrics() {
        help.put("demitasse_requests_total", "Requests by path and status; 499 for clients that left.");
        help.put("demitasse_replies_total", "Replies by the reason why they ended.");
        help.put("demitasse_prompt_tokens_total", "Tokens of prompts, cached ones included.");
        help.put("demitasse_cached_prompt_tokens_total", "Tokens of prompts that were in the KV cache already.");
        help.put("demitasse_completion_tokens_total", "Tokens written; its rate is the server's tokens per second.");
        gauge("jvm_memory_used_bytes", "Java heap in use.", () -> (double)
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        gauge(
                "jvm_threads_current",
                "Platform threads.",
                () -> ManagementFactory.getThreadMXBean().getThreadCount());
    }

    void gauge(String name, String help, IntSupplier value) {
        gauge(name, help, (DoubleSupplier) value::getAsInt);
    }

    void gauge(String name, String help, DoubleSupplier value) {
        gauges.add(new Gauge(name, help, value));
    }

    /** Counts a request; {@code path} is one of the routes, or null for any other. */
    void answered(@Nullable String path, int status, long nanos) {
        count(
                "demitasse_requests_total{path=\"" + (path == null ? "other" : path) + "\",status=\"" + status + "\"}",
                1);
        duration.record(nanos / NANOS);
    }

    /** Counts a reply that has ended. */
    void replied(Reply reply) {
        Usage usage = reply.usage();
        count("demitasse_replies_total{finish=\"" + reply.finish() + "\"}", 1);
        count("demitasse_prompt_tokens_total", usage.promptTokens());
        count("demitasse_cached_prompt_tokens_total", usage.cachedTokens());
        count("demitasse_completion_tokens_total", usage.completionTokens());
        if (usage.completionTokens() > 0) {
            firstToken.record(reply.timings().firstToken().toNanos() / NANOS);
        }
        if (usage.completionTokens() > 1) {
            decodeRate.record(reply.timings().decodeTokensPerSecond());
        }
    }

    private void count(String series, long more) {
        counters.computeIfAbsent(series, _ -> new LongAdder()).add(more);
    }

    byte[] write() {
        StringBuilder out = new StringBuilder();
        String lastName = "";
        for (Map.Entry<String, LongAdder> counter : counters.entrySet()) {
            String name = counter.getKey().replaceFirst("\\{.*", "");
            if (!name.equals(lastName)) {
                head(out, name, help.getOrDefault(name, ""), "counter");
                lastName = name;
            }
            out.append(counter.getKey())
                    .append(' ')
                    .append(counter.getValue().sum())
                    .append('\n');
        }
        for (Gauge gauge : gauges) {
            head(out, gauge.name(), gauge.help(), "gauge");
            out.append(gauge.name())
                    .append(' ')
                    .append(gauge.value().getAsDouble())
                    .append('\n');
        }
        for (Histogram histogram : List.of(duration, firstToken, decodeRate)) {
            histogram.write(out);
        }
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void head(StringBuilder out, String name, String help, String type) {
        out.append("# HELP ").append(name).append(' ').append(help).append('\n');
        out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    /** How often a value fell below each of some limits. Thread-safe. */
    private static final class Histogram {
        private final String name;
        private final String help;
        private final double[] limits;
        private final long[] counts;
        private double sum;

        Histogram(String name, String help, double... limits) {
            this.name = name;
            this.help = help;
            this.limits = limits;
            this.counts = new long[limits.length + 1];
        }

        synchronized void record(double value) {
            int bucket = 0;
            while (bucket < limits.length && value > limits[bucket]) {
                bucket++;
            }
            counts[bucket]++;
            sum += value;
        }

        synchronized void write(StringBuilder out) {
            head(out, name, help, "histogram");
            long below = 0;
            for (int i = 0; i < counts.length; i++) {
                below += counts[i];
                out.append(name).append("_bucket{le=\"");
                out.append(i < limits.length ? Double.toString(limits[i]) : "+Inf");
                out.append("\"} ").append(below).append('\n');
            }
            out.append(name).append("_sum ").append(sum).append('\n');
            out.append(name).append("_count ").append(below).append('\n');
        }
    }
}
