package dev.demitasse.benchmarks;

import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.RawModel;
import dev.demitasse.chat.RawSequence;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * What it costs to check guessed tokens: passes of several rows of one sequence, logits for each, beside passes of one row,
 * in turns: {@code java -cp benchmarks.jar dev.demitasse.benchmarks.GuessCosts MODEL [THREADS]}.
 */
public final class GuessCosts {
    private static final List<Integer> ROWS = List.of(1, 2, 3, 4, 6, 8, 12, 16);
    private static final int DEPTH = 256;
    private static final int WARM_UP = 40;
    private static final int SAMPLES = 41;

    private GuessCosts() {}

    /** Prints one line for each number of rows. */
    public static void main(String[] args) {
        int threads = args.length > 1 ? Integer.parseInt(args[1]) : 2;
        try (RawModel model = LanguageModel.loader()
                        .threads(threads)
                        .contextSize(1024)
                        .loadRaw(Path.of(args[0]));
                RawSequence sequence = model.newSequence()) {
            System.out.println(model.info());
            int[] tokens = new Random(1).ints(DEPTH, 0, model.vocabularySize()).toArray();
            sequence.append(tokens);
            List<List<Double>> samples = new ArrayList<>();
            ROWS.forEach(_ -> samples.add(new ArrayList<>()));
            for (int round = -WARM_UP; round < SAMPLES; round++) {
                for (int i = 0; i < ROWS.size(); i++) {
                    double milliseconds = pass(sequence, tokens, ROWS.get(i));
                    if (round >= 0) {
                        samples.get(i).add(milliseconds);
                    }
                }
            }
            double one = Median.of(samples.getFirst());
            for (int i = 0; i < ROWS.size(); i++) {
                double median = Median.of(samples.get(i));
                System.out.println(String.format(
                        Locale.ROOT,
                        "%2d rows: %6.2f ms, %.2f of one row, %.2f times the tokens a second if all are right",
                        ROWS.get(i),
                        median,
                        median / one,
                        ROWS.get(i) * one / median));
            }
        }
    }

    private static double pass(RawSequence sequence, int[] tokens, int rows) {
        int[] read = Arrays.copyOf(tokens, rows);
        long start = System.nanoTime();
        sequence.append(read, (_, _) -> {});
        double milliseconds = (System.nanoTime() - start) / 1e6;
        sequence.truncate(DEPTH);
        return milliseconds;
    }
}
