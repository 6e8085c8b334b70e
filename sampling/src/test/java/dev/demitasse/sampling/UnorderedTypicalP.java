package dev.demitasse.sampling;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What llama.cpp's typical-p keeps once a token is excluded: it multiplies the probability 0 with the infinite surprisal,
 * the entropy becomes NaN, and so does the distance of every token from it. {@code std::sort} is then told of no pair
 * that it is out of order. What it does with such an answer, in libstdc++, is here, so that the reference's vectors are
 * explained to the last token and not merely set aside.
 */
final class UnorderedTypicalP {
    // libstdc++, bits/stl_algo.h, _S_threshold: shorter ranges are left to an insertion sort, which moves nothing here.
    private static final int THRESHOLD = 16;

    private UnorderedTypicalP() {}

    /** The tokens that are kept, excluded ones among them. */
    static List<Integer> kept(float[] logits, double p) {
        List<Integer> tokens = new ArrayList<>(BruteForce.ranked(logits));
        sort(tokens, 0, tokens.size());
        double[] probabilities = BruteForce.softmax(logits);
        List<Integer> kept = new ArrayList<>();
        double mass = 0;
        for (int token : tokens) {
            kept.add(token);
            mass += probabilities[token];
            if (mass > p) {
                break;
            }
        }
        return kept;
    }

    /** Quicksort, where no element is less than another: each partition swaps what lies opposite to each other. */
    private static void sort(List<Integer> tokens, int first, int end) {
        int last = end;
        while (last - first > THRESHOLD) {
            Collections.swap(tokens, first, first + (last - first) / 2);
            int low = first + 1;
            for (int high = last - 1; low < high; high--) {
                Collections.swap(tokens, low, high);
                low++;
            }
            sort(tokens, low, last);
            last = low;
        }
    }
}
