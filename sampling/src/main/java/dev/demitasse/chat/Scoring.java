package dev.demitasse.chat;

import dev.demitasse.chat.TokenSequence.Use;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;

/**
 * Embeddings and log-likelihoods: reading without writing. Texts are read side by side, some at a time, and beside whatever
 * else the model does.
 */
final class Scoring {
    /** Texts that are handed in together: what a pass can take, and no queue that keeps others waiting. */
    private static final int WAVE = 16;

    private final RawModel model;

    Scoring(RawModel model) {
        this.model = model;
    }

    /** The embeddings of texts, in their order, each of length 1. */
    List<float[]> embed(List<int[]> texts, Pooling pooling) {
        for (int[] text : texts) {
            requireFits(text.length);
        }
        List<float[]> embeddings = new ArrayList<>();
        for (int begin = 0; begin < texts.size(); begin += WAVE) {
            embeddings.addAll(embedWave(texts.subList(begin, Math.min(texts.size(), begin + WAVE)), pooling));
        }
        return embeddings;
    }

    private List<float[]> embedWave(List<int[]> texts, Pooling pooling) {
        List<EmbedJob> jobs = new ArrayList<>();
        try {
            for (int[] text : texts) {
                EmbedJob job = new EmbedJob(
                        model.open(Use.PINNED), text, pooling, model.engine().hiddenSize());
                jobs.add(job);
                model.scheduler().submit(job);
            }
            return jobs.stream().map(EmbedJob::await).toList();
        } finally {
            for (EmbedJob job : jobs) {
                job.cancel();
                model.pool().close(job.sequence());
            }
        }
    }

    /**
     * How likely texts are.
     *
     * @param texts whole ones, with what comes before
     * @param scoredFrom for each, its first token that is scored, at least 1
     */
    List<Score> score(List<int[]> texts, int[] scoredFrom) {
        for (int[] text : texts) {
            requireFits(text.length - 1); // the last token is predicted, not read
        }
        // Each text is read from the token before its first scored one on; what is before is read once.
        int shared = Arrays.stream(scoredFrom).min().orElse(1) - 1;
        for (int[] text : texts) {
            int mismatch = Arrays.mismatch(texts.getFirst(), text);
            shared = mismatch < 0 ? shared : Math.min(shared, mismatch);
        }
        TokenSequence beginning = model.open(Use.PINNED);
        try {
            if (shared > 0) {
                AppendJob reading = new AppendJob(beginning, Arrays.copyOf(texts.getFirst(), shared));
                model.scheduler().submit(reading);
                requireWhole(reading.await());
            }
            List<Score> scores = new ArrayList<>();
            for (int begin = 0; begin < texts.size(); begin += WAVE) {
                int end = Math.min(texts.size(), begin + WAVE);
                scores.addAll(
                        scoreWave(beginning, texts.subList(begin, end), Arrays.copyOfRange(scoredFrom, begin, end)));
            }
            return scores;
        } finally {
            model.pool().close(beginning);
        }
    }

    private List<Score> scoreWave(TokenSequence beginning, List<int[]> texts, int[] scoredFrom) {
        List<AppendJob> jobs = new ArrayList<>();
        double[] sums = new double[texts.size()];
        try {
            for (int i = 0; i < texts.size(); i++) {
                int index = i;
                int[] text = texts.get(i);
                int read = beginning.length();
                AppendJob job = new AppendJob(
                        model.pool().snapshot(beginning),
                        Arrays.copyOfRange(text, read, text.length - 1),
                        Engine.Logits.ALL,
                        (position, logits) -> {
                            int predicted = read + position + 1;
                            if (predicted >= scoredFrom[index]) {
                                sums[index] += logProbability(logits, text[predicted]);
                            }
                        });
                jobs.add(job);
                model.scheduler().submit(job);
            }
            List<Score> scores = new ArrayList<>();
            for (int i = 0; i < texts.size(); i++) {
                requireWhole(jobs.get(i).await());
                scores.add(new Score(sums[i], texts.get(i).length - scoredFrom[i]));
            }
            return scores;
        } finally {
            for (AppendJob job : jobs) {
                job.cancel();
                model.pool().close(job.sequence());
            }
        }
    }

    /** What an interrupt ended has no result. */
    private static void requireWhole(boolean complete) {
        if (!complete) {
            throw new CancellationException("the thread that waited was interrupted");
        }
    }

    private static double logProbability(float[] logits, int token) {
        float greatest = Float.NEGATIVE_INFINITY;
        for (float logit : logits) {
            greatest = Math.max(greatest, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - greatest);
        }
        return logits[token] - greatest - Math.log(sum);
    }

    private void requireFits(int tokens) {
        if (tokens > model.contextSize()) {
            throw new ContextOverflowException(tokens, model.contextSize());
        }
    }
}
