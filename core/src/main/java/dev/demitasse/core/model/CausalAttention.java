package dev.demitasse.core.model;

import static dev.demitasse.core.kernels.KvType.BLOCK_POSITIONS;

import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.runtime.Workers;
import java.util.Arrays;

/**
 * {@code softmax(queries @ keys / sqrt(headDim)) @ values} of every row over its own and all earlier positions, block by
 * block with an online softmax, so that scores take no memory that grows with the context.
 *
 * <p>The blocks before a row are cut into ranges, in a way that depends on the row's block alone. Each range gives a
 * {@link PartialAttention}, and the partial results are merged in the order of the ranges. A prefill tile does its
 * ranges one after the other, while those of a decode step are shared out among the workers: the arithmetic is the
 * same, so that a row's result does not depend on threads or on how the sequence was cut into batches.
 */
final class CausalAttention {
    private static final int MAX_RANGES = 16;
    // 512 positions of one KV head take about 10 us: enough to be worth a worker's while.
    private static final int MIN_RANGE_BLOCKS = 16;
    // More sequences than this give every worker something to do without cutting their positions.
    private static final int MAX_SPLIT_TILES = 4;

    private final Kernels kernels;
    private final Workers workers;
    private final Batch batch;
    private final int kvHeads;
    private final int headDim;
    private final int group; // query heads that share a KV head
    private final int rowSize; // (heads + 2 * kvHeads) * headDim
    private final int querySize; // heads * headDim
    private final float scale;
    private final Scratch[] scratch; // [workers]
    private final PartialAttention[] split; // [split tiles, kvHeads, MAX_RANGES]
    private final Workers.Task wholeTiles = this::attendWhole;
    private final Workers.Task ranges = this::attendRange;
    private final Workers.Task merges = this::merge;
    private int layer;
    private int rangesPerTile;

    CausalAttention(DecoderConfig config, Kernels kernels, Workers workers, Batch batch) {
        this.kernels = kernels;
        this.workers = workers;
        this.batch = batch;
        this.kvHeads = config.kvHeads();
        this.headDim = config.headDim();
        this.group = config.heads() / kvHeads;
        this.rowSize = config.queryKeyValueSize();
        this.querySize = config.querySize();
        this.scale = (float) (1 / Math.sqrt(headDim));
        int tileQueries = Math.min(batch.capacity(), BLOCK_POSITIONS) * group;
        this.scratch = new Scratch[workers.threads()];
        Arrays.setAll(scratch, _ -> new Scratch(tileQueries, headDim));
        this.split = new PartialAttention[Math.min(batch.capacity(), MAX_SPLIT_TILES) * kvHeads * MAX_RANGES];
        Arrays.setAll(split, _ -> new PartialAttention(group, headDim));
    }

    /** {@code queryKeyValue [rows, ..] -> attended [rows, heads * headDim]}. */
    void forward(int layerIndex) {
        layer = layerIndex;
        int tiles = batch.tiles().count();
        rangesPerTile = isSplit() ? mostRanges() : 1;
        if (rangesPerTile > 1) {
            workers.run(tiles * kvHeads * rangesPerTile, ranges);
            workers.run(tiles * kvHeads, merges);
        } else {
            workers.run(tiles * kvHeads, wholeTiles);
        }
    }

    /** Few rows, of different sequences: the work must come from cutting their positions. */
    private boolean isSplit() {
        return batch.size() == batch.tiles().count() && batch.size() <= MAX_SPLIT_TILES;
    }

    private int mostRanges() {
        int most = 0;
        for (int tile = 0; tile < batch.tiles().count(); tile++) {
            most = Math.max(most, rangeCount(ownBlock(tile)));
        }
        return most;
    }

    private static int rangeBlocks(int ownBlock) {
        return Math.max(MIN_RANGE_BLOCKS, (ownBlock + MAX_RANGES) / MAX_RANGES);
    }

    private static int rangeCount(int ownBlock) {
        return ownBlock / rangeBlocks(ownBlock) + 1;
    }

    private int ownBlock(int tile) {
        return batch.position(batch.tiles().start(tile)) / BLOCK_POSITIONS;
    }

    private void attendWhole(int worker, int chunk) {
        // The last tiles of a prefill have the most positions before them: they come first, to end together.
        int tile = batch.tiles().count() - 1 - chunk / kvHeads;
        int kvHead = chunk % kvHeads;
        Scratch mine = scratch[worker];
        int queries = gatherQueries(tile, kvHead, mine.queries);
        mine.total.clear(queries);
        for (int range = 0; range < rangeCount(ownBlock(tile)); range++) {
            attend(tile, kvHead, range, mine, queries, mine.partial);
            mine.total.merge(mine.partial, queries);
        }
        writeAttended(tile, kvHead, mine.total);
    }

    private void attendRange(int worker, int chunk) {
        int range = chunk % rangesPerTile;
        int kvHead = chunk / rangesPerTile % kvHeads;
        int tile = chunk / rangesPerTile / kvHeads;
        if (range < rangeCount(ownBlock(tile))) {
            Scratch mine = scratch[worker];
            int queries = gatherQueries(tile, kvHead, mine.queries);
            attend(tile, kvHead, range, mine, queries, split(tile, kvHead, range));
        }
    }

    private void merge(int worker, int chunk) {
        int tile = chunk / kvHeads;
        int kvHead = chunk % kvHeads;
        PartialAttention total = scratch[worker].total;
        total.clear(group);
        for (int range = 0; range < rangeCount(ownBlock(tile)); range++) {
            total.merge(split(tile, kvHead, range), group);
        }
        writeAttended(tile, kvHead, total);
    }

    private PartialAttention split(int tile, int kvHead, int range) {
        return split[(tile * kvHeads + kvHead) * MAX_RANGES + range];
    }

    /** Copies the queries that share a KV head: {@code [rows of the tile, group, headDim]}; returns how many. */
    private int gatherQueries(int tile, int kvHead, float[] queries) {
        float[] vectors = batch.activations().queryKeyValue;
        int groupSize = group * headDim;
        int start = batch.tiles().start(tile);
        int rows = batch.tiles().end(tile) - start;
        for (int row = 0; row < rows; row++) {
            int from = (start + row) * rowSize + kvHead * groupSize;
            System.arraycopy(vectors, from, queries, row * groupSize, groupSize);
        }
        return rows * group;
    }

    private void writeAttended(int tile, int kvHead, PartialAttention total) {
        int groupSize = group * headDim;
        for (int row = batch.tiles().start(tile); row < batch.tiles().end(tile); row++) {
            int first = (row - batch.tiles().start(tile)) * group;
            int to = row * querySize + kvHead * groupSize;
            total.writeNormalised(first, group, batch.activations().attended, to);
        }
    }

    /** Attends to the blocks of one range. */
    private void attend(int tile, int kvHead, int range, Scratch mine, int queries, PartialAttention out) {
        int firstRow = batch.tiles().start(tile);
        int lastRow = batch.tiles().end(tile) - 1;
        KvCache cache = batch.cache(firstRow);
        int ownBlock = ownBlock(tile);
        int firstBlock = range * rangeBlocks(ownBlock);
        int endBlock = Math.min(firstBlock + rangeBlocks(ownBlock), ownBlock + 1);
        out.clear(queries);
        for (int block = firstBlock; block < endBlock; block++) {
            boolean own = block == ownBlock;
            KvPage page = own ? cache.own(block) : cache.past(block);
            int positions = own ? batch.position(lastRow) % BLOCK_POSITIONS + 1 : BLOCK_POSITIONS;
            long keys = cache.keyBlock(page, layer, kvHead);
            kernels.readKeys(page.type, page.memory, keys, headDim, mine.block);
            // [queries, headDim] @ [headDim, positions] -> [queries, positions]
            kernels.scores(mine.block, mine.queries, queries, headDim, scale, mine.scores);
            if (own) {
                hideLaterPositions(batch.position(firstRow) % BLOCK_POSITIONS, queries, mine.scores);
            }
            for (int query = 0; query < queries; query++) {
                out.weigh(kernels, query, mine.scores, query * BLOCK_POSITIONS);
            }
            long values = cache.valueBlock(page, layer, kvHead);
            kernels.readValues(page.type, page.memory, values, headDim, mine.block);
            // [queries, positions] @ [positions, headDim] -> [queries, headDim]
            kernels.addWeightedValues(mine.block, positions, mine.scores, queries, headDim, out.sums());
        }
    }

    private void hideLaterPositions(int firstSlot, int queries, float[] scores) {
        for (int query = 0; query < queries; query++) {
            int visible = firstSlot + query / group + 1;
            int line = query * BLOCK_POSITIONS;
            Arrays.fill(scores, line + visible, line + BLOCK_POSITIONS, Float.NEGATIVE_INFINITY);
        }
    }

    /** What one worker needs for one tile and KV head. */
    private static final class Scratch {
        final float[] queries; // [rows of a tile, group, headDim]
        final float[] scores; // [rows of a tile, group, BLOCK_POSITIONS]
        final float[] block; // [headDim, BLOCK_POSITIONS], or transposed
        final PartialAttention partial;
        final PartialAttention total;

        Scratch(int tileQueries, int headDim) {
            queries = new float[tileQueries * headDim];
            scores = new float[tileQueries * BLOCK_POSITIONS];
            block = new float[headDim * BLOCK_POSITIONS];
            partial = new PartialAttention(tileQueries, headDim);
            total = new PartialAttention(tileQueries, headDim);
        }
    }
}
