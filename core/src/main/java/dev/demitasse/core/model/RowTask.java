package dev.demitasse.core.model;

import dev.demitasse.core.runtime.Workers;
import java.util.function.IntConsumer;

/** Work that every row of a batch needs by itself, shared out in chunks of rows. Made once, since a lambda is garbage. */
final class RowTask implements Workers.Task {
    // A row of the cheapest such work takes about as long as claiming a chunk; below two chunks waking helpers costs
    // more.
    private static final int ROWS_PER_CHUNK = 8;

    private final IntConsumer row;
    private int rows;

    RowTask(IntConsumer row) {
        this.row = row;
    }

    void run(int rowCount, Workers workers) {
        rows = rowCount;
        workers.run((rowCount + ROWS_PER_CHUNK - 1) / ROWS_PER_CHUNK, this);
    }

    @Override
    public void run(int worker, int chunk) {
        int end = Math.min(rows, (chunk + 1) * ROWS_PER_CHUNK);
        for (int i = chunk * ROWS_PER_CHUNK; i < end; i++) {
            row.accept(i);
        }
    }
}
