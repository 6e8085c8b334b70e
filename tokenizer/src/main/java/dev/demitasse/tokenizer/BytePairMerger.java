package dev.demitasse.tokenizer;

import java.util.Arrays;

/**
 * Byte-pair encoding of one piece: starts from the first symbols and merges the neighbours of lowest rank, leftmost first,
 * until no two neighbours merge.
 *
 * <p>Two ways to the same result. Short pieces, that is nearly all, keep the ranks of all neighbours in an array and
 * scan it for the lowest: quadratic, but the fastest up to some hundred bytes. Long ones use a heap, which keeps a
 * megabyte without a gap at O(n log n). Holds scratch memory, so an instance serves one thread.
 */
final class BytePairMerger {
    /** The longest piece that is scanned. */
    static final int MAX_SCANNED = 160;

    private final MergeTable merges;
    private final FirstSymbols firstSymbols;
    private final int[] symbols = new int[MAX_SCANNED];
    /** {@code ranks[i]} is the rank of symbols {@code i} and {@code i + 1}. */
    private final int[] ranks = new int[MAX_SCANNED];

    BytePairMerger(MergeTable merges, FirstSymbols firstSymbols) {
        this.merges = merges;
        this.firstSymbols = firstSymbols;
    }

    /** Appends the tokens of the piece {@code bytes[0 .. length)} to {@code tokens}; {@code length > 0}. */
    void merge(byte[] bytes, int length, IntList tokens) {
        if (length <= MAX_SCANNED) {
            int count = mergeScanning(bytes, length);
            for (int i = 0; i < count; i++) {
                tokens.add(symbols[i]);
            }
        } else {
            int[] longSymbols = new int[length];
            new LongPiece(merges, longSymbols, firstSymbols.of(bytes, length, longSymbols)).merge(tokens);
        }
    }

    /** Leaves the tokens in {@link #symbols} and returns how many there are. */
    private int mergeScanning(byte[] bytes, int length) {
        int[] symbols = this.symbols;
        int[] ranks = this.ranks;
        int count = firstSymbols.of(bytes, length, symbols);
        for (int i = 0; i + 1 < count; i++) {
            ranks[i] = merges.rank(symbols[i], symbols[i + 1]);
        }
        while (count > 1) {
            int left = indexOfLowest(ranks, count - 1);
            int rank = ranks[left];
            if (rank == MergeTable.NO_RANK) {
                break;
            }
            symbols[left] = merges.result(rank);
            count--;
            System.arraycopy(symbols, left + 2, symbols, left + 1, count - left - 1);
            System.arraycopy(ranks, left + 1, ranks, left, count - left - 1);
            if (left > 0) {
                ranks[left - 1] = merges.rank(symbols[left - 1], symbols[left]);
            }
            if (left + 1 < count) {
                ranks[left] = merges.rank(symbols[left], symbols[left + 1]);
            }
        }
        return count;
    }

    private static int indexOfLowest(int[] ranks, int length) {
        int lowest = 0;
        for (int i = 1; i < length; i++) {
            if (ranks[i] < ranks[lowest]) {
                lowest = i;
            }
        }
        return lowest;
    }

    /** A long piece: its symbols as a doubly linked list, and a heap of the merges that are possible. */
    private static final class LongPiece {
        private static final int GONE = -1;

        private final MergeTable merges;
        private final int length;
        /** The tokens, or {@link #GONE} where the symbol was merged into one on its left. */
        private final int[] symbols;

        private final int[] previous;
        private final int[] next;
        /**
         * A binary heap of {@code rank << 32 | position}, so that the lowest rank comes first and, among equals, the
         * leftmost. Entries are not removed when a neighbour changes: they are found out when they come up.
         */
        private long[] heap;

        private int heapSize;

        LongPiece(MergeTable merges, int[] symbols, int length) {
            this.merges = merges;
            this.symbols = symbols;
            this.length = length;
            this.previous = new int[length];
            this.next = new int[length];
            this.heap = new long[length];
            for (int i = 0; i < length; i++) {
                previous[i] = i - 1;
                next[i] = i + 1;
            }
        }

        void merge(IntList tokens) {
            for (int i = 0; i < length; i++) {
                offer(i);
            }
            while (heapSize > 0) {
                long entry = poll();
                int left = (int) entry;
                int rank = (int) (entry >>> 32);
                if (rankAt(left) == rank) {
                    join(left, rank);
                }
            }
            for (int i = 0; i < length; i = next[i]) {
                tokens.add(symbols[i]);
            }
        }

        private void join(int left, int rank) {
            int right = next[left];
            symbols[left] = merges.result(rank);
            symbols[right] = GONE;
            next[left] = next[right];
            if (next[left] < length) {
                previous[next[left]] = left;
            }
            if (previous[left] >= 0) {
                offer(previous[left]);
            }
            offer(left);
        }

        /** Returns the rank of the symbol at a position and its right neighbour. */
        private int rankAt(int left) {
            return symbols[left] == GONE || next[left] == length
                    ? MergeTable.NO_RANK
                    : merges.rank(symbols[left], symbols[next[left]]);
        }

        private void offer(int position) {
            int rank = rankAt(position);
            if (rank == MergeTable.NO_RANK) {
                return;
            }
            if (heapSize == heap.length) {
                heap = Arrays.copyOf(heap, heapSize * 2);
            }
            long entry = ((long) rank << 32) | position;
            int child = heapSize++;
            while (child > 0) {
                int parent = (child - 1) >>> 1;
                if (heap[parent] <= entry) {
                    break;
                }
                heap[child] = heap[parent];
                child = parent;
            }
            heap[child] = entry;
        }

        private long poll() {
            long top = heap[0];
            long last = heap[--heapSize];
            int parent = 0;
            while (true) {
                int child = 2 * parent + 1;
                if (child >= heapSize) {
                    break;
                }
                if (child + 1 < heapSize && heap[child + 1] < heap[child]) {
                    child++;
                }
                if (heap[child] >= last) {
                    break;
                }
                heap[parent] = heap[child];
                parent = child;
            }
            heap[parent] = last;
            return top;
        }
    }
}
