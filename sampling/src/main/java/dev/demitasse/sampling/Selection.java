package dev.demitasse.sampling;

/**
 * Order statistics without sorting. The loops over a whole vocabulary are here, each in a method of its own over local
 * variables: inlined into code that also writes fields, C2 made them twice as slow.
 */
final class Selection {
    private Selection() {}

    /** The largest of the first {@code size} values; not a number if any is. */
    static float max(float[] values, int size) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < size; i++) {
            max = Math.max(max, values[i]);
        }
        return max;
    }

    /** How many of the first {@code size} values are above a threshold. */
    static int countAbove(float[] values, int size, float threshold) {
        int above = 0;
        for (int i = 0; i < size; i++) {
            above += values[i] > threshold ? 1 : 0;
        }
        return above;
    }

    /** The first index from {@code from} whose value is at least a threshold, or {@code size}. */
    static int nextFrom(float[] values, int from, int size, float threshold) {
        int i = from;
        while (i < size && !(values[i] >= threshold)) {
            i++;
        }
        return i;
    }

    private static int nextAbove(float[] values, int from, int size, float threshold) {
        int i = from;
        while (i < size && !(values[i] > threshold)) {
            i++;
        }
        return i;
    }

    /**
     * The {@code k}-th largest of the first {@code size} values: a heap holds the largest so far, and nearly all values
     * fail one comparison with its smallest.
     *
     * @param heap scratch, at least {@code k}
     */
    static float kthLargest(float[] values, int size, int k, float[] heap) {
        System.arraycopy(values, 0, heap, 0, k);
        for (int i = k / 2 - 1; i >= 0; i--) {
            siftDown(heap, i, k);
        }
        float smallest = heap[0];
        for (int i = nextAbove(values, k, size, smallest); i < size; i = nextAbove(values, i + 1, size, smallest)) {
            heap[0] = values[i];
            siftDown(heap, 0, k);
            smallest = heap[0];
        }
        return smallest;
    }

    private static void siftDown(float[] heap, int from, int size) {
        float value = heap[from];
        int hole = from;
        for (int child = 2 * hole + 1; child < size; child = 2 * hole + 1) {
            if (child + 1 < size && heap[child + 1] < heap[child]) {
                child++;
            }
            if (heap[child] >= value) {
                break;
            }
            heap[hole] = heap[child];
            hole = child;
        }
        heap[hole] = value;
    }
}
