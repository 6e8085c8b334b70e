package dev.demitasse.core.model;

import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.kernels.PreparedMatrix;
import dev.demitasse.core.model.LoraAdapter.Factors;
import dev.demitasse.core.tensor.DType;
import dev.demitasse.core.tensor.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts the factors of projections together as the model's matrices are: where projections are stacked, so are their A, and
 * their B stand on the diagonal of one matrix. So each of the model's products has one pair beside it. Factors stay floats.
 */
final class LoraBuilder implements AutoCloseable {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final DecoderConfig config;
    private final Kernels kernels;
    private final MessageDigest digest = ModelFingerprint.sha256();
    private final Map<LoraTarget, LoraFile.Pair> pairs = new EnumMap<>(LoraTarget.class);
    private final List<LoraAdapter.Layer> layers = new ArrayList<>();
    private final List<PreparedMatrix> made = new ArrayList<>();

    LoraBuilder(DecoderConfig config, Kernels kernels) {
        this.config = config;
        this.kernels = kernels;
    }

    /** Sets the factors of a projection of the layer that is being built. */
    void set(LoraTarget target, LoraFile.@Nullable Pair pair) {
        if (pair != null) {
            pairs.put(target, pair);
            digest(layers.size() + " " + target + " " + pair.rank(), pair.down());
            digest("", pair.up());
        }
    }

    private void digest(String label, float[] values) {
        digest.update(label.getBytes(StandardCharsets.UTF_8));
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        digest.update(bytes);
    }

    void endLayer() {
        layers.add(new LoraAdapter.Layer(
                factors(LoraTarget.QUERY, LoraTarget.KEY, LoraTarget.VALUE),
                factors(LoraTarget.OUTPUT),
                factors(LoraTarget.GATE, LoraTarget.UP),
                factors(LoraTarget.DOWN)));
        pairs.clear();
    }

    private @Nullable Factors factors(LoraTarget... stacked) {
        int ranks = 0;
        int rows = 0;
        for (LoraTarget target : stacked) {
            ranks += rank(target);
            rows += target.rows(config);
        }
        if (ranks == 0) {
            return null;
        }
        int cols = stacked[0].cols(config);
        float[] down = new float[Math.multiplyExact(ranks, cols)]; // [ranks, cols]
        float[] up = new float[Math.multiplyExact(rows, ranks)]; // [rows, ranks]
        int firstRank = 0;
        int firstRow = 0;
        for (LoraTarget target : stacked) {
            LoraFile.Pair pair = pairs.get(target);
            if (pair != null) {
                System.arraycopy(pair.down(), 0, down, firstRank * cols, pair.rank() * cols);
                for (int row = 0; row < target.rows(config); row++) {
                    int to = (firstRow + row) * ranks + firstRank;
                    System.arraycopy(pair.up(), row * pair.rank(), up, to, pair.rank());
                }
                firstRank += pair.rank();
            }
            firstRow += target.rows(config);
        }
        return new Factors(prepare("A", ranks, cols, down), prepare("B", rows, ranks, up));
    }

    private int rank(LoraTarget target) {
        LoraFile.Pair pair = pairs.get(target);
        return pair == null ? 0 : pair.rank();
    }

    private PreparedMatrix prepare(String name, int rows, int cols, float[] values) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate((long) values.length * Float.BYTES, Long.BYTES);
            MemorySegment.copy(values, 0, data, FLOAT, 0, values.length);
            PreparedMatrix matrix = kernels.prepare(List.of(new Matrix(name, rows, cols, DType.F32, data)));
            made.add(matrix);
            return matrix;
        }
    }

    LoraAdapter build() {
        made.clear();
        return new LoraAdapter(layers, HexFormat.of().formatHex(digest.digest()));
    }

    /** Frees what did not become an adapter. */
    @Override
    public void close() {
        made.forEach(PreparedMatrix::close);
    }
}
