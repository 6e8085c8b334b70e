import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Checks that the conformance tests left nothing out: merges what the modules' tests counted in this build
 * ({@code target/conformance/*.json}) into {@code target/conformance.json}, and fails when a case of the pack was not
 * run, was not passed, or when a file of the pack was looked at by nobody. Does nothing where there is no pack.
 *
 * <p>Arguments: the folder of the pack, and when the build started.
 */
final class CheckConformance {
    /** Files whose cases must be counted under their own name. */
    private static final List<PathMatcher> COUNTED = matchers(
            "**.jsonl",
            "models/*/model*.{gguf,safetensors}",
            "models/*/{ref,trace}_*.safetensors",
            "models/*/expected.json",
            "recipe/recipe_*.json",
            "qwen*/*.gguf.gz",
            "qwen*/{unicode_classes,nfc_single}.json");

    /** Files that tests use on behalf of a counted one. */
    private static final List<PathMatcher> USED_WITH_OTHERS = matchers(
            "{README.md,SHA256SUMS}",
            "models/*/{config,generation_config,tokenizer,tokenizer_config}.json",
            "models/*/sharded/*.{json,safetensors}",
            "recipe/ref_*.safetensors",
            "qwen*/{tokenizer,tokenizer_config,nfc_lag}.json",
            "qwen*/tokenizer.json.gz",
            "bad/{gguf,safetensors,tokenizer,folder}/**");

    private static final Path MALFORMED = Path.of("bad", "cases.jsonl");

    private static final Pattern ENTRY = Pattern.compile("\"([^\"]+)\"\\s*:\\s*\\{\\s*\"found\"\\s*:\\s*(\\d+)\\s*,"
            + "\\s*\"run\"\\s*:\\s*(\\d+)\\s*,\\s*\"passed\"\\s*:\\s*(\\d+)\\s*,\\s*\"exempt\"\\s*:\\s*(\\d+)\\s*\\}");

    private record Counts(int found, int run, int passed, int exempt) {
        Counts plus(Counts other) {
            return new Counts(found + other.found, run + other.run, passed + other.passed, exempt + other.exempt);
        }
    }

    private static final Counts NONE = new Counts(0, 0, 0, 0);

    private CheckConformance() {}

    /** Exits with 1 when something was left out. */
    public static void main(String[] arguments) throws IOException {
        Path pack = Path.of(arguments[0]);
        Instant buildStart = Instant.parse(arguments[1]);
        if (!Files.isDirectory(pack)) {
            System.out.println("No conformance pack at " + pack + ": nothing to check.");
            return;
        }
        Map<String, Counts> counts = readReports(buildStart);
        List<String> problems = new ArrayList<>();
        counts.forEach((file, count) -> checkCounts(pack, file, count, problems));
        checkEveryFileWasUsed(pack, counts, problems);
        write(counts);
        Counts total = counts.values().stream().reduce(NONE, Counts::plus);
        System.out.println("Conformance: " + total.found + " cases found, " + total.run + " run, " + total.passed
                + " passed, " + total.exempt + " exempt (target/conformance.json)");
        if (!problems.isEmpty()) {
            problems.forEach(problem -> System.err.println("conformance: " + problem));
            System.exit(1);
        }
    }

    private static Map<String, Counts> readReports(Instant buildStart) throws IOException {
        Map<String, Counts> counts = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(Path.of("."), 5)) {
            for (Path report : paths.filter(CheckConformance::isReport).sorted().toList()) {
                // What an earlier build left behind says nothing about this one.
                if (Files.getLastModifiedTime(report).toInstant().isBefore(buildStart)) {
                    System.err.println("conformance: ignoring " + report + ", which is older than this build");
                    continue;
                }
                Matcher entry = ENTRY.matcher(Files.readString(report));
                while (entry.find()) {
                    counts.merge(
                            entry.group(1),
                            new Counts(number(entry, 2), number(entry, 3), number(entry, 4), number(entry, 5)),
                            Counts::plus);
                }
            }
        }
        return counts;
    }

    private static boolean isReport(Path path) {
        Path folder = path.getParent();
        return path.toString().endsWith(".json") && folder != null && folder.endsWith(Path.of("target", "conformance"));
    }

    private static int number(Matcher entry, int group) {
        return Integer.parseInt(entry.group(group));
    }

    private static void checkCounts(Path pack, String file, Counts counts, List<String> problems) {
        if (!Files.exists(pack.resolve(file))) {
            problems.add(file + ": counted, but not part of the pack");
        }
        if (counts.run + counts.exempt < counts.found) {
            problems.add(file + ": " + counts.found + " cases, only " + counts.run + " run");
        }
        if (counts.passed < counts.run) {
            problems.add(file + ": " + counts.run + " cases run, only " + counts.passed + " passed");
        }
    }

    private static void checkEveryFileWasUsed(Path pack, Map<String, Counts> counts, List<String> problems)
            throws IOException {
        try (Stream<Path> paths = Files.walk(pack)) {
            for (Path path : paths.filter(Files::isRegularFile).sorted().toList()) {
                Path file = pack.relativize(path);
                int found = found(file, counts);
                if (matches(COUNTED, file) && found == 0 && !isEmpty(path)) {
                    problems.add(file + ": none of its cases was run");
                } else if (!matches(COUNTED, file) && !matches(USED_WITH_OTHERS, file)) {
                    problems.add(file + ": no test knows this kind of file");
                } else if (file.equals(MALFORMED) && found < lines(path)) {
                    problems.add(file + ": " + lines(path) + " cases, only " + found + " found by the tests");
                }
            }
        }
    }

    /**
     * Cases that the tests found in a file. Weights have theirs in the file with the reference's logits; malformed files
     * are counted one by one or as lines of their list.
     */
    private static int found(Path file, Map<String, Counts> counts) {
        String name = file.toString().replace('\\', '/');
        if (file.equals(MALFORMED)) {
            return counts.entrySet().stream()
                    .filter(entry -> entry.getKey().startsWith("bad/"))
                    .mapToInt(entry -> entry.getValue().found)
                    .sum();
        }
        String reference = name.replaceFirst("/model_(\\w+)\\.gguf$", "/ref_gguf_$1.safetensors")
                .replaceFirst("/model_(\\w+)\\.safetensors$", "/ref_st_$1.safetensors");
        return counts.getOrDefault(name, counts.getOrDefault(reference, NONE)).found;
    }

    private static boolean isEmpty(Path file) throws IOException {
        return Files.size(file) == 0;
    }

    private static long lines(Path file) throws IOException {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> !line.isBlank()).count();
        }
    }

    private static boolean matches(List<PathMatcher> kinds, Path file) {
        return kinds.stream().anyMatch(kind -> kind.matches(file));
    }

    private static List<PathMatcher> matchers(String... globs) {
        return Stream.of(globs)
                .map(glob -> FileSystems.getDefault().getPathMatcher("glob:" + glob))
                .toList();
    }

    private static void write(Map<String, Counts> counts) throws IOException {
        List<String> lines = new ArrayList<>();
        counts.forEach((file, count) -> lines.add(String.format(
                Locale.ROOT,
                "  \"%s\": {\"found\": %d, \"run\": %d, \"passed\": %d, \"exempt\": %d}",
                file,
                count.found,
                count.run,
                count.passed,
                count.exempt)));
        Files.createDirectories(Path.of("target"));
        Files.writeString(Path.of("target", "conformance.json"), "{\n" + String.join(",\n", lines) + "\n}\n");
    }
}
