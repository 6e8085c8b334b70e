package dev.demitasse.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Measures engines beside each other: all are loaded into this process, then each cell's samples are taken in turns
 * (A B A B), each after a moment in which this process was idle. A line names the first engine's ratio to the best of the
 * others.
 */
@Command(
        name = "compare",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Tokens a second of several engines on one GGUF file, sample by sample in turns.")
public final class Compare implements Callable<Integer> {
    @Parameters(paramLabel = "MODEL", description = "A GGUF file.")
    private Path model = Path.of("");

    @Option(names = "-e", split = ",", description = "Engines: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private List<EngineType> types = List.of(EngineType.OURS, EngineType.LLAMA_CPP, EngineType.LLAMA_CPP_FLASH);

    @Option(names = "-c", split = ",", description = "Cells (default: ${DEFAULT-VALUE}).")
    private List<String> cellNames = List.of("pp20", "pp128", "pp512", "tg100", "e2e");

    @Option(names = "-r", description = "Samples (default: ${DEFAULT-VALUE}), after as many unmeasured as -w says.")
    private int repetitions = 5;

    @Option(names = "-w", description = "Unmeasured samples (default: ${DEFAULT-VALUE}).")
    private int warmUps = 1;

    @Option(names = "-t", description = "Threads (default: ${DEFAULT-VALUE}).")
    private int threads = 2;

    @Option(names = "--limit", description = "Seconds after which no cell is begun (default: ${DEFAULT-VALUE}).")
    private int limitSeconds = 600;

    @Option(names = "--out", paramLabel = "FILE", description = "Append one JSON line for each cell and engine.")
    private Path out = Path.of("");

    private final List<Contender> contenders = new ArrayList<>();
    private final Random random = new Random(11);

    /** Runs the command and exits with its status. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Compare())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        long start = System.nanoTime();
        List<Cell> cells = cellNames.stream()
                .map(Cell::of)
                .sorted(Comparator.comparingInt(Cell::depth))
                .toList();
        int context = cells.stream().mapToInt(Cell::positions).max().orElse(0) + 1;
        try {
            for (EngineType type : types) {
                Engine engine = type.open(model, new Engine.Settings(threads, context));
                contenders.add(new Contender(type, engine));
                System.out.println(type + ": " + engine.description());
            }
            System.out.println();
            printHead();
            int depth = 0;
            for (Cell cell : cells) {
                if ((System.nanoTime() - start) / 1e9 > limitSeconds) {
                    System.out.println("| " + cell.name() + " | left out: the time was over |");
                    continue;
                }
                deepen(cell.depth() - depth);
                depth = cell.depth();
                measure(cell);
            }
        } finally {
            contenders.forEach(Contender::close);
        }
        return 0;
    }

    private void deepen(int tokens) {
        if (tokens > 0) {
            contenders.forEach(contender -> contender.engine().read(Cell.prompt(contender.engine(), tokens, random)));
        }
    }

    private void measure(Cell cell) throws IOException, InterruptedException {
        contenders.forEach(Contender::clear);
        for (int round = 0; round < warmUps; round++) {
            contenders.forEach(contender -> cell.measure(contender.engine(), random));
        }
        for (int round = 0; round < repetitions; round++) {
            for (Contender contender : contenders) {
                contender.sample(cell, random);
            }
        }
        print(cell);
        save(cell);
    }

    private void printHead() {
        StringBuilder head = new StringBuilder("| cell |");
        StringBuilder rule = new StringBuilder("|---|");
        for (EngineType type : types) {
            head.append(' ').append(type).append(" |");
            rule.append("---:|");
        }
        System.out.println(head + " ratio | foreign cores |");
        System.out.println(rule + "---:|---:|");
    }

    private void print(Cell cell) {
        StringBuilder line = new StringBuilder("| " + cell.name() + " |");
        double best = 0;
        double foreign = 0;
        for (Contender contender : contenders) {
            line.append(String.format(Locale.ROOT, " %.1f ±%.0f%% |", contender.median(), 100 * contender.spread()));
            foreign = Math.max(foreign, contender.foreignCores());
            if (contender != contenders.getFirst()) {
                best = Math.max(best, contender.median());
            }
        }
        double ratio = contenders.getFirst().median() / best;
        line.append(best > 0 ? String.format(Locale.ROOT, " %.2f |", ratio) : " |");
        line.append(String.format(Locale.ROOT, " %.2f", foreign));
        System.out.println(line.append(foreign > Contender.DISTURBED_CORES ? " disturbed |" : " |"));
    }

    private void save(Cell cell) throws IOException {
        if (out.toString().isEmpty()) {
            return;
        }
        StringBuilder lines = new StringBuilder();
        String name = model.getFileName().toString().replace(".gguf", "");
        for (Contender contender : contenders) {
            lines.append(String.format(
                    Locale.ROOT,
                    "{\"date\":\"%s\",\"model\":\"%s\",\"cell\":\"%s\",\"engine\":\"%s\",\"threads\":%d,"
                            + "\"median\":%.3f,\"foreign\":%.3f,\"samples\":%s}%n",
                    LocalDate.now(ZoneOffset.UTC),
                    name,
                    cell.name(),
                    contender.type(),
                    threads,
                    contender.median(),
                    contender.foreignCores(),
                    contender.json()));
        }
        Files.writeString(out, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
