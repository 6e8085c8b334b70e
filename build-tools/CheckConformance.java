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
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Checks that the conformance tests left nothing out: merges what the modules' tests counted in this build
 * ({@code target/conformance/*.json}) into {@code target/conformance.json}, and fails when a case of the pack was not
 * run, was not passed, or when a file of the pack was looked at by nobody. Cases are counted here once more, so that a
 * test that overlooks some is noticed. Does nothing where there is no pack, unless the environment names one.
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
            "models/*/sharded/model.safetensors.index.json",
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

    /** Malformed files, which a list must name. */
    private static final PathMatcher MALFORMED = matchers("bad/*/**").getFirst();

    private static final Path MALFORMED_LIST = Path.of("bad", "cases.jsonl");

    /** Texts that may be left out, where the reference's Unicode tables are older. */
    private static final Pattern EXEMPT = Pattern.compile("\"nfc_unicode_lag\"\\s*:\\s*true");

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
        Path named = Path.of(arguments[0]);
        Instant buildStart = Instant.parse(arguments[1]);
        boolean asked = System.getenv("DEMITASSE_CONFORMANCE") != null;
        if (asked && !(named.isAbsolute() && Files.isDirectory(named))) {
            System.err.println("conformance: DEMITASSE_CONFORMANCE is " + named
                    + "; expected the absolute path of a folder with a conformance pack");
            System.exit(1);
        }
        if (!Files.isDirectory(named)) {
            System.out.println("No conformance pack at " + named + ": nothing to check.");
            return;
        }
        Path pack = named.toRealPath();
        Map<String, Counts> counts = readReports(buildStart);
        List<String> problems = new ArrayList<>();
        for (Map.Entry<String, Counts> entry : counts.entrySet()) {
            checkCounts(pack, entry.getKey(), entry.getValue(), problems);
        }
        checkEveryFileWasUsed(pack, counts, problems);
        write(counts);
        Counts total = counts.values().stream().reduce(NONE, Counts::plus);
        if (total.run == 0) {
            problems.add(pack + ": not one case was run");
        }
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

    private static void checkCounts(Path pack, String file, Counts counts, List<String> problems) throws IOException {
        Path path = pack.resolve(file);
        if (!Files.exists(path)) {
            problems.add(file + ": counted, but not part of the pack");
            return;
        }
        if (counts.exempt > 0) {
            // The vocabulary of a GGUF file is tried with the texts of the file beside it.
            Path texts = file.endsWith(".gz") ? path.resolveSibling("tokenizer_vectors.jsonl") : path;
            long allowed = lines(texts, EXEMPT.asPredicate());
            // Several tests may each have left out the same ones.
            if (allowed == 0 || counts.exempt % allowed != 0) {
                problems.add(file + ": " + counts.exempt + " cases left out, the pack allows " + allowed);
            }
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
            String malformed = malformedFiles(pack);
            for (Path path : paths.filter(Files::isRegularFile).sorted().toList()) {
                Path file = pack.relativize(path);
                if (matches(COUNTED, file)) {
                    checkFound(path, file, found(file, counts), problems);
                } else if (!matches(USED_WITH_OTHERS, file)) {
                    problems.add(file + ": no test knows this kind of file");
                } else if (MALFORMED.matches(file) && !isListed(file, malformed)) {
                    problems.add(file + ": not listed in " + MALFORMED_LIST);
                }
            }
        }
    }

    private static void checkFound(Path path, Path file, int found, List<String> problems) throws IOException {
        long cases = file.toString().endsWith(".jsonl") ? lines(path, line -> !line.isBlank()) : 1;
        if (cases == 0) {
            problems.add(file + ": has no cases");
        } else if (found == 0) {
            problems.add(file + ": none of its cases was run");
        } else if (found < cases) {
            problems.add(file + ": " + cases + " cases, only " + found + " found by the tests");
        }
    }

    private static String malformedFiles(Path pack) throws IOException {
        Path list = pack.resolve(MALFORMED_LIST);
        return Files.exists(list) ? Files.readString(list) : "";
    }

    /** Whether a list names a file below {@code bad}, or the folder it is in. */
    private static boolean isListed(Path file, String list) {
        for (int names = file.getNameCount(); names > 2; names--) {
            String name = file.subpath(1, names).toString().replace('\\', '/');
            if (list.contains("\"" + name + "\"")) {
                return true;
            }
        }
        return false;
    }

    /**
     * Cases that the tests found in a file. Weights have theirs in the file with the reference's logits; malformed files
     * are counted one by one or as lines of their list.
     */
    private static int found(Path file, Map<String, Counts> counts) {
        String name = file.toString().replace('\\', '/');
        if (file.equals(MALFORMED_LIST)) {
            return counts.entrySet().stream()
                    .filter(entry -> entry.getKey().startsWith("bad/"))
                    .mapToInt(entry -> entry.getValue().found)
                    .sum();
        }
        String reference = name.replaceFirst("/model_(\\w+)\\.gguf$", "/ref_gguf_$1.safetensors")
                .replaceFirst("/model_(\\w+)\\.safetensors$", "/ref_st_$1.safetensors");
        return counts.getOrDefault(name, counts.getOrDefault(reference, NONE)).found;
    }

    private static long lines(Path file, Predicate<String> which) throws IOException {
        // At line feeds only: texts of the pack hold other line separators, which JSON lets stand as they are.
        return Stream.of(Files.readString(file).split("\n")).filter(which).count();
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
