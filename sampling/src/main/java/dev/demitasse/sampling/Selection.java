package dev.demitasse.sampling;

/** Order statistics without sorting. */
final class Selection {
    private Selection() {}

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
        for (int i = k; i < size; i++) {
            if (values[i] > smallest) {
                heap[0] = values[i];
                siftDown(heap, 0, k);
                smallest = heap[0];
            }
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
