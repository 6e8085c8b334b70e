package dev.demitasse.sampling;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** The simplest constraint: one of some token sequences. */
public final class TokenPaths implements TokenConstraint {
    private final List<int[]> paths;
    private final Set<Integer> endTokens;
    private int[] written;

    /** Allows these sequences, and the end tokens behind each. */
    public TokenPaths(Set<Integer> endTokens, int[]... paths) {
        this(List.of(paths), endTokens, new int[0]);
    }

    private TokenPaths(List<int[]> paths, Set<Integer> endTokens, int[] written) {
        this.paths = paths;
        this.endTokens = endTokens;
        this.written = written;
    }

    @Override
    public void mask(float[] logits, int remaining) {
        boolean[] allowed = new boolean[logits.length];
        boolean any = false;
        for (int[] path : paths) {
            int left = path.length - written.length;
            if (left > 0 && left <= remaining && begins(path, written)) {
                allowed[path[written.length]] = true;
                any = true;
            }
        }
        for (int token : endTokens) {
            allowed[token] = isComplete();
            any |= isComplete();
        }
        if (!any) {
            throw new SamplingException("no path of " + remaining + " tokens");
        }
        for (int token = 0; token < logits.length; token++) {
            logits[token] = allowed[token] ? logits[token] : Float.NEGATIVE_INFINITY;
        }
    }

    @Override
    public void accept(int token) {
        written = Arrays.copyOf(written, written.length + 1);
        written[written.length - 1] = token;
        if (paths.stream().noneMatch(path -> begins(path, written))) {
            throw new SamplingException("token " + token + " is excluded");
        }
    }

    @Override
    public boolean isComplete() {
        return paths.stream().anyMatch(path -> Arrays.equals(path, written));
    }

    @Override
    public boolean isExhausted() {
        return isComplete() && paths.stream().noneMatch(path -> path.length > written.length && begins(path, written));
    }

    @Override
    public TokenConstraint copy() {
        return new TokenPaths(paths, endTokens, written);
    }

    private static boolean begins(int[] path, int[] start) {
        return path.length >= start.length && Arrays.equals(path, 0, start.length, start, 0, start.length);
    }
}
