package dev.demitasse.benchmarks;

import dev.demitasse.core.kernels.KernelSelection;
import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.kernels.KvType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a pass does besides multiplying weights, on one thread, at the sizes of Qwen2.5-0.5B: attention of one KV head
 * over 2,048 cached positions, norms, rotary embedding, the gate. Each answer is compared with that of the scalar kernels
 * before it is measured.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
public class SmallKernelBenchmark {
    private static final int HIDDEN = 896;
    private static final int INTERMEDIATE = 4864;
    private static final int HEADS = 14;
    private static final int GROUP = 7;
    private static final int HEAD_DIM = 64;
    private static final int POSITIONS = 2048;
    private static final int BLOCK = KvType.BLOCK_POSITIONS;
    private static final int TILE_QUERIES = BLOCK * GROUP;
    private static final float EPS = 1e-6f;

    /** Whose kernels. */
    public enum KernelSet {
        /** The definition of what is correct. */
        SCALAR,
        /** The widest vectors of this JVM. */
        VECTOR
    }

    /** Whose kernels. */
    @Param
    public KernelSet set = KernelSet.VECTOR;

    /** How keys and values are cached, for attention. */
    @Param({"F16", "INT8"})
    public KvType kvType = KvType.F16;

    private Kernels kernels = KernelSelection.scalar();
    private MemorySegment page = MemorySegment.NULL; // [POSITIONS / BLOCK] key blocks, then as many value blocks

    private final float[] hidden = new float[HIDDEN];
    private final float[] normed = new float[HIDDEN];
    private final float[] gate = new float[INTERMEDIATE];
    private final float[] up = new float[INTERMEDIATE];
    private final float[] out = new float[INTERMEDIATE];
    private final float[] heads = new float[HEADS * HEAD_DIM];
    private final float[] cos = new float[HEAD_DIM / 2];
    private final float[] sin = new float[HEAD_DIM / 2];
    private final float[] queries = new float[TILE_QUERIES * HEAD_DIM];
    private final float[] keys = new float[HEAD_DIM * BLOCK];
    private final float[] values = new float[BLOCK * HEAD_DIM];
    private final float[] scores = new float[TILE_QUERIES * BLOCK];
    private final float[] state = new float[2 * TILE_QUERIES];
    private final float[] attended = new float[TILE_QUERIES * HEAD_DIM];

    /** Fills everything at random and compares with the scalar kernels. */
    @Setup(Level.Trial)
    public void prepare() {
        Random random = new Random(5);
        for (float[] array : List.of(hidden, gate, up, heads, queries)) {
            fill(array, random);
        }
        for (int i = 0; i < cos.length; i++) {
            cos[i] = (float) Math.cos(i);
            sin[i] = (float) Math.sin(i);
        }
        page = Arena.ofAuto()
                .allocate((long) (POSITIONS / BLOCK)
                        * (kvType.keyBlockBytes(HEAD_DIM) + kvType.valueBlockBytes(HEAD_DIM)));
        MemorySegment floats = Arena.ofAuto().allocate((long) keys.length * Float.BYTES);
        kernels = KernelSelection.scalar();
        for (int block = 0; block < POSITIONS / BLOCK; block++) {
            fill(keys, random);
            MemorySegment.copy(MemorySegment.ofArray(keys), 0, floats, 0, floats.byteSize());
            kernels.convertKeys(KvType.F32, floats, 0, kvType, page, keyOffset(block), HEAD_DIM);
            fill(values, random);
            MemorySegment.copy(MemorySegment.ofArray(values), 0, floats, 0, floats.byteSize());
            kernels.convertValues(KvType.F32, floats, 0, kvType, page, valueOffset(block), HEAD_DIM);
        }
        float[] expectedAttention = attentionPrefillTile().clone();
        float[] expectedNorm = rmsNorm().clone();
        float[] expectedGate = siluMultiply().clone();
        List<Kernels> sets = KernelSelection.all();
        kernels = set == KernelSet.SCALAR ? sets.getFirst() : sets.getLast();
        requireEqual(expectedAttention, attentionPrefillTile());
        requireEqual(expectedNorm, rmsNorm());
        requireEqual(expectedGate, siluMultiply());
    }

    private static void fill(float[] array, Random random) {
        for (int i = 0; i < array.length; i++) {
            array[i] = (float) random.nextGaussian();
        }
    }

    private static void requireEqual(float[] expected, float[] found) {
        for (int i = 0; i < expected.length; i++) {
            if (!(Math.abs(expected[i] - found[i]) <= 1e-4f * (1 + Math.abs(expected[i])))) {
                throw new IllegalStateException(
                        "at " + i + ": found " + found[i] + ", the scalar kernels give " + expected[i]);
            }
        }
    }

    private long keyOffset(int block) {
        return (long) block * kvType.keyBlockBytes(HEAD_DIM);
    }

    private long valueOffset(int block) {
        return (long) (POSITIONS / BLOCK) * kvType.keyBlockBytes(HEAD_DIM)
                + (long) block * kvType.valueBlockBytes(HEAD_DIM);
    }

    /** The 7 queries of one token that share a KV head. */
    @Benchmark
    public float[] attentionDecode() {
        return attend(GROUP);
    }

    /** The queries of 32 tokens. */
    @Benchmark
    public float[] attentionPrefillTile() {
        return attend(TILE_QUERIES);
    }

    private float[] attend(int count) {
        for (int query = 0; query < count; query++) {
            state[2 * query] = Float.NEGATIVE_INFINITY;
            state[2 * query + 1] = 0;
        }
        Arrays.fill(attended, 0, count * HEAD_DIM, 0);
        for (int block = 0; block < POSITIONS / BLOCK; block++) {
            kernels.readKeys(kvType, page, keyOffset(block), HEAD_DIM, keys);
            kernels.readValues(kvType, page, valueOffset(block), HEAD_DIM, values);
            kernels.scores(keys, queries, count, HEAD_DIM, 0.125f, scores);
            for (int query = 0; query < count; query++) {
                float decay = kernels.softmaxStep(scores, query * BLOCK, BLOCK, state, 2 * query);
                if (decay != 1) {
                    for (int d = query * HEAD_DIM; d < (query + 1) * HEAD_DIM; d++) {
                        attended[d] *= decay;
                    }
                }
            }
            kernels.addWeightedValues(values, BLOCK, scores, count, HEAD_DIM, attended);
        }
        return attended;
    }

    /** One norm. */
    @Benchmark
    public float[] rmsNorm() {
        kernels.rmsNorm(hidden, 0, hidden, EPS, normed, 0, HIDDEN);
        return normed;
    }

    /** One gate. */
    @Benchmark
    public float[] siluMultiply() {
        kernels.siluMultiply(gate, 0, up, 0, out, 0, INTERMEDIATE);
        return out;
    }

    /** All query heads of one token; a rotation leaves their sizes as they are, so it can be repeated. */
    @Benchmark
    public float[] rope() {
        for (int head = 0; head < HEADS; head++) {
            kernels.rope(heads, head * HEAD_DIM, cos, sin, 0, HEAD_DIM);
        }
        return heads;
    }
}
