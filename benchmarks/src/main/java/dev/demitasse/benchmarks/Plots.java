package dev.demitasse.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Turns what {@link Compare} and {@link Roofline} wrote into the table and the charts of docs/BENCHMARKS.md. Where a cell
 * was measured more than once the last one counts.
 *
 * <pre>{@code
 * java -cp benchmarks/target/benchmarks.jar dev.demitasse.benchmarks.Plots docs/benchmarks
 * }</pre>
 *
 * reads {@code results.jsonl} and {@code roofline.csv} in that folder, writes the charts beside them and prints the table.
 */
public final class Plots {
    private static final Pattern RESULT = Pattern.compile("\"model\":\"([^\"]+)\",\"cell\":\"([^\"]+)\","
            + "\"engine\":\"([^\"]+)\",\"threads\":(\\d+),\"median\":([\\d.]+),\"foreign\":([\\d.]+)");
    private static final List<String> COLUMNS =
            List.of("pp20", "pp128", "pp512", "tg100", "tg32@2048", "tg32@4096", "e2e");
    private static final String OURS = "#2a7de1";
    private static final String PEER = "#e1662a";
    private static final String LIMIT = "#999";
    private static final double DISTURBED = Contender.DISTURBED_CORES;

    private final Path folder;
    /** Tokens a second by model, cell and engine. */
    private final Map<String, Map<String, Map<String, Double>>> results = new LinkedHashMap<>();

    private final Set<String> disturbed = new LinkedHashSet<>();

    private Plots(Path folder) {
        this.folder = folder;
    }

    /** Argument: the folder. */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 1) {
            System.err.println("expected a folder with results.jsonl and roofline.csv");
            System.exit(2);
        }
        Plots plots = new Plots(Path.of(arguments[0]));
        plots.read();
        plots.printTable();
        plots.drawFormats("pp128", "prefill of 128 tokens", "prefill.svg");
        plots.drawFormats("tg100", "decode of 100 tokens", "decode.svg");
        plots.drawDepth();
        plots.drawRoofline();
    }

    private void read() throws IOException {
        for (String line : Files.readAllLines(folder.resolve("results.jsonl"))) {
            Matcher matcher = RESULT.matcher(line);
            if (matcher.find()) {
                String model = matcher.group(1);
                String cell = matcher.group(2);
                results.computeIfAbsent(model, _ -> new LinkedHashMap<>())
                        .computeIfAbsent(cell, _ -> new TreeMap<>())
                        .put(matcher.group(3), Double.valueOf(matcher.group(5)));
                if (Double.parseDouble(matcher.group(6)) > DISTURBED) {
                    disturbed.add(model + " " + cell);
                } else if (matcher.group(3).equals(EngineType.OURS.name())) {
                    disturbed.remove(model + " " + cell);
                }
            }
        }
    }

    private static double ours(Map<String, Double> engines) {
        return engines.getOrDefault(EngineType.OURS.name(), Double.NaN);
    }

    /** The better of llama.cpp's two ways to attend. */
    private static double peer(Map<String, Double> engines) {
        return Math.max(
                engines.getOrDefault(EngineType.LLAMA_CPP.name(), 0.0),
                engines.getOrDefault(EngineType.LLAMA_CPP_FLASH.name(), 0.0));
    }

    private void printTable() {
        System.out.println("| | " + String.join(" | ", COLUMNS) + " |");
        System.out.println("|---" + "|---:".repeat(COLUMNS.size()) + "|");
        results.forEach((model, cells) -> {
            StringBuilder line = new StringBuilder("| " + model + " |");
            for (String column : COLUMNS) {
                Map<String, Double> engines = cells.getOrDefault(column, Map.of());
                double peer = peer(engines);
                if (engines.isEmpty() || peer == 0) {
                    line.append(" |");
                } else {
                    line.append(String.format(
                            Locale.ROOT,
                            " **%.2f** %.0f/%.0f%s |",
                            ours(engines) / peer,
                            ours(engines),
                            peer,
                            disturbed.contains(model + " " + column) ? " ~" : ""));
                }
            }
            System.out.println(line);
        });
    }

    private void drawFormats(String cell, String what, String file) throws IOException {
        List<String> models = results.keySet().stream()
                .filter(model -> results.getOrDefault(model, Map.of()).containsKey(cell))
                .toList();
        if (models.isEmpty()) {
            return;
        }
        double highest = highest(cell);
        Svg svg = Svg.linear(models.size(), 1.1 * highest, "Tokens a second, " + what + ", 2 threads", "", "tokens/s");
        svg.legend("Demitasse", OURS);
        svg.legend("llama.cpp", PEER);
        for (int i = 0; i < models.size(); i++) {
            Map<String, Double> engines =
                    results.getOrDefault(models.get(i), Map.of()).getOrDefault(cell, Map.of());
            svg.bar(i + 0.15, 0.33, ours(engines), OURS);
            svg.bar(i + 0.5, 0.33, peer(engines), PEER);
            svg.xTick(i + 0.5, models.get(i));
        }
        Files.writeString(folder.resolve(file), svg.toString());
    }

    private double highest(String cell) {
        return results.values().stream()
                .map(cells -> cells.getOrDefault(cell, Map.of()).values())
                .flatMap(Collection::stream)
                .mapToDouble(Double::doubleValue)
                .max()
                .orElse(1);
    }

    /** Decode against depth for the models of which all three depths were measured. */
    private void drawDepth() throws IOException {
        Map<Integer, String> depths = new TreeMap<>(Map.of(0, "tg100", 2048, "tg32@2048", 4096, "tg32@4096"));
        Svg svg = Svg.linear(
                4096, 1.1 * highest("tg100"), "Decode against depth, 2 threads", "tokens in the cache", "tokens/s");
        svg.legend("Demitasse", OURS);
        svg.legend("llama.cpp", PEER);
        depths.keySet().forEach(depth -> svg.xTick(depth, Integer.toString(depth)));
        results.forEach((model, cells) -> {
            if (cells.keySet().containsAll(depths.values())) {
                List<Integer> at = new ArrayList<>(depths.keySet());
                for (int i = 0; i < at.size(); i++) {
                    Map<String, Double> here = cells.getOrDefault(depths.getOrDefault(at.get(i), ""), Map.of());
                    if (i + 1 < at.size()) {
                        Map<String, Double> next = cells.getOrDefault(depths.getOrDefault(at.get(i + 1), ""), Map.of());
                        svg.line(at.get(i), ours(here), at.get(i + 1), ours(next), OURS);
                        svg.line(at.get(i), peer(here), at.get(i + 1), peer(next), PEER);
                    }
                    svg.point(at.get(i), ours(here), OURS, i == 0 ? model : "");
                    svg.point(at.get(i), peer(here), PEER, i == 0 ? model : "");
                }
            }
        });
        Files.writeString(folder.resolve("depth.svg"), svg.toString());
    }

    private void drawRoofline() throws IOException {
        Path file = folder.resolve("roofline.csv");
        double stream = 0;
        double fma = 0;
        List<String[]> kernels = new ArrayList<>();
        for (String line : Files.readAllLines(file).stream().skip(1).toList()) {
            String[] fields = line.split(",", -1);
            if (fields[0].equals("probe stream")) {
                stream = Double.parseDouble(fields[3]);
            } else if (fields[0].equals("probe fma")) {
                fma = Double.parseDouble(fields[2]);
            } else {
                kernels.add(fields);
            }
        }
        double[] xRange = {0.125, 512};
        Svg svg = Svg.logarithmic(
                xRange,
                new double[] {2, 256},
                "Kernels under the machine's roof, 2 threads, weights from memory",
                "multiply-adds for each byte of weights",
                "giga multiply-adds/s");
        double ridge = fma / stream;
        svg.line(xRange[0], Math.max(2, xRange[0] * stream), ridge, fma, LIMIT);
        svg.line(ridge, fma, xRange[1], fma, LIMIT);
        svg.legend(String.format(Locale.ROOT, "%.0f GB/s, %.0f GMAC/s", stream, fma), LIMIT);
        svg.legend("1 token (GEMV)", OURS);
        svg.legend("128 tokens (GEMM)", PEER);
        for (String[] kernel : kernels) {
            svg.point(
                    Double.parseDouble(kernel[1]),
                    Double.parseDouble(kernel[2]),
                    kernel[0].endsWith("gemv") ? OURS : PEER,
                    kernel[0].substring(0, kernel[0].indexOf(' ')));
        }
        Files.writeString(folder.resolve("roofline.svg"), svg.toString());
    }
}
