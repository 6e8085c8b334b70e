package dev.demitasse.core.kernels;

import dev.demitasse.core.runtime.Workers;
import java.util.Arrays;

/**
 * Many rows of activations by a matrix in strips, after Goto and van de Geijn, "Anatomy of High-Performance Matrix
 * Multiplication" (2008).
 *
 * <p>A chunk of work is a panel of {@link VectorLanes#PANEL_ROWS} output features. Its weights are dequantised once for
 * all tokens, a cache-sized depth of columns at a time, and meet the tokens tile by tile: {@link VectorTiles} keeps a
 * tile's sums in registers. Tiles are up to 12 tokens high; a last lower one is filled up with zeroes.
 *
 * <p>One object serves all such multiplications of a kernel set, one at a time, and allocates only to grow.
 */
final class VectorGemm implements Workers.Task {
    /** Columns dequantised at a time: a segment, 64 KB of panel in a level 2 cache. */
    private static final int DEPTH = StripLayout.SEGMENT_COLS;

    private static final int PANEL_ROWS = VectorLanes.PANEL_ROWS;

    /** What a worker needs for itself. */
    private static final class Scratch {
        private final VectorStrips strips = new VectorStrips();
        private final float[] panel = new float[DEPTH * PANEL_ROWS]; // [2][DEPTH][LANES]
        private final RoundedRow rounded = new RoundedRow();
        private float[] sums = {}; // [tokens][PANEL_ROWS]
    }

    private Scratch[] scratch = {};
    private final Workers.Task packTile = (worker, tile) -> packTile(scratch[worker], tile);
    private float[] packed = {}; // [tiles][cols][tile height]
    private StripMatrix.Part[] parts = {};
    private float[] x = {};
    private float[] y = {};
    private int rows;
    private int cols;
    private int tokens;
    private int tiles;
    private boolean round;

    /** {@code y[t, r] = sum over c of weights[r, c] * x[t, c]}. */
    void multiply(StripMatrix weights, float[] x, int tokens, float[] y, Workers workers) {
        this.parts = weights.parts();
        this.x = x;
        this.y = y;
        this.rows = weights.rows();
        this.cols = weights.cols();
        this.tokens = tokens;
        this.round = weights.isRounded();
        this.tiles = (tokens + VectorTiles.MAX_HEIGHT - 1) / VectorTiles.MAX_HEIGHT;
        grow(workers.threads());
        workers.run(tiles, packTile);
        int panels = 0;
        for (StripMatrix.Part part : parts) {
            panels += panels(part);
        }
        workers.run(panels, this);
    }

    private void grow(int workers) {
        int paddedTokens = tiles * VectorTiles.MAX_HEIGHT;
        if (packed.length < paddedTokens * cols) {
            packed = new float[paddedTokens * cols];
        }
        if (scratch.length < workers) {
            scratch = new Scratch[workers];
            Arrays.setAll(scratch, _ -> new Scratch());
        }
        for (Scratch each : scratch) {
            if (each.sums.length < paddedTokens * PANEL_ROWS) {
                each.sums = new float[paddedTokens * PANEL_ROWS];
            }
        }
    }

    private static int panels(StripMatrix.Part part) {
        return (part.stripCount() + 1) / 2;
    }

    private int tileHeight(int tile) {
        return VectorTiles.heightFor(Math.min(tokens - tile * VectorTiles.MAX_HEIGHT, VectorTiles.MAX_HEIGHT));
    }

    /** Turns a tile of activations from {@code [height, cols]} into {@code [cols, height]}, rounded if they are to be. */
    private void packTile(Scratch own, int tile) {
        int firstToken = tile * VectorTiles.MAX_HEIGHT;
        int height = tileHeight(tile);
        int present = Math.min(height, tokens - firstToken);
        int to = firstToken * cols;
        for (int i = 0; i < height; i++) {
            if (i >= present) {
                for (int c = 0; c < cols; c++) {
                    packed[to + c * height + i] = 0;
                }
            } else if (round) {
                VectorRounding.round(x, (firstToken + i) * cols, cols, own.rounded);
                packRow(own.rounded.values(), 0, height, to + i);
            } else {
                packRow(x, (firstToken + i) * cols, height, to + i);
            }
        }
    }

    private void packRow(float[] row, int from, int height, int to) {
        for (int c = 0; c < cols; c++) {
            packed[to + c * height] = row[from + c];
        }
    }

    @Override
    public void run(int worker, int chunk) {
        int panel = chunk;
        for (StripMatrix.Part part : parts) {
            if (panel < panels(part)) {
                multiplyPanel(part, panel, scratch[worker]);
                return;
            }
            panel -= panels(part);
        }
    }

    private void multiplyPanel(StripMatrix.Part part, int panel, Scratch own) {
        Arrays.fill(own.sums, 0, tiles * VectorTiles.MAX_HEIGHT * PANEL_ROWS, 0);
        for (int segment = 0; segment < StripLayout.segments(cols); segment++) {
            int begin = segment * DEPTH;
            int depth = StripLayout.segmentCols(cols, segment);
            unpack(part, panel, segment, own);
            for (int tile = 0; tile < tiles; tile++) {
                int height = tileHeight(tile);
                int firstToken = tile * VectorTiles.MAX_HEIGHT;
                VectorTiles.multiply(
                        height,
                        packed,
                        firstToken * cols + begin * height,
                        own.panel,
                        depth,
                        own.sums,
                        firstToken * PANEL_ROWS);
            }
        }
        int firstRow = panel * PANEL_ROWS;
        int count = Math.min(PANEL_ROWS, part.rows() - firstRow);
        for (int token = 0; token < tokens; token++) {
            int to = token * rows + part.firstRow() + firstRow;
            System.arraycopy(own.sums, token * PANEL_ROWS, y, to, count);
        }
    }

    private static void unpack(StripMatrix.Part part, int panel, int segment, Scratch own) {
        for (int half = 0; half < 2; half++) {
            int strip = 2 * panel + half;
            if (strip < part.stripCount()) {
                own.strips.unpack(part, strip, segment, own.panel, half * DEPTH * part.lanes());
            }
            // Else the panel's second half keeps older numbers: their sums are not copied.
        }
    }
}
