package dev.demitasse.core.model;

import static dev.demitasse.core.kernels.KvType.BLOCK_POSITIONS;

/**
 * The rows of a batch, cut where the cache or its block changes: the rows of a tile are consecutive positions within
 * one block of one cache. Tiles are what attention works on.
 */
final class Tiles {
    private final int[] starts; // first row of each tile, and the end
    private int count;

    Tiles(int rows) {
        starts = new int[rows + 1];
    }

    void cut(Batch batch) {
        count = 0;
        for (int row = 0; row < batch.size(); row++) {
            boolean newTile =
                    row == 0 || batch.cache(row) != batch.cache(row - 1) || batch.position(row) % BLOCK_POSITIONS == 0;
            if (newTile) {
                starts[count++] = row;
            }
        }
        starts[count] = batch.size();
    }

    int count() {
        return count;
    }

    int start(int tile) {
        return starts[tile];
    }

    int end(int tile) {
        return starts[tile + 1];
    }
}
