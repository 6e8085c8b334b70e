package dev.demitasse.core.kernels;

import static dev.demitasse.core.kernels.KvType.BLOCK_POSITIONS;
import static dev.demitasse.core.kernels.VectorLanes.LANES;
import static dev.demitasse.core.kernels.VectorLanes.PANEL_ROWS;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.demitasse.core.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import org.jspecify.annotations.Nullable;

/**
 * Has the vector kernels of a model compiled before the model needs them.
 *
 * <p>Until C2 has compiled a kernel, each vector operation in it is a loop over lanes with a call for each: some ten
 * microseconds in the interpreter, one in C1's code. A first prompt takes seconds then, and warming up by small matrices
 * is little better, because those loops over lanes become hot themselves: C2 spends a second or two on dozens of them
 * before it turns to the kernels.
 *
 * <p>So the kernels are called with nothing to do. HotSpot compiles what was called some 5,000 times, and kernels
 * return early, or after some operations ahead of their loops, when they have no columns, no positions or no size. Now and then comes a call with
 * the least work that there is, from which C2 learns which loops are entered and of which class the vectors are.
 *
 * <p>What a kernel must be like for this to work: it does little when there is nothing to do, and it keeps the rule of
 * {@link VectorLanes}. VectorWarmUpTest finds the boxes.
 */
final class VectorWarmUp {
    /** A JVM that is busy otherwise should not keep a model from being used: it compiles when it can. */
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(3);

    /** When no kernel has become fast for so long, the rest waits for real work. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** The least work takes two or three microseconds when compiled, and some hundred when not. */
    private static final long COMPILED_NANOS = 20_000;

    /** C1 takes a method after 200 calls (Tier3InvocationThreshold), and looks at every 128th. */
    private static final int CALLS_TO_C1 = 300;

    /** C2 takes it after 5,000 more (Tier4InvocationThreshold), looks at every 1,024th, and waits while it has much to do. */
    private static final int CALLS_TO_C2 = 5_200;

    /** Of those that C1's code counts. More would only fill the heap with boxes. */
    private static final int CALLS_PER_WORK = 1_000;

    /** Turns of a loop in one such call: C2 lays code out, assigns registers and unrolls by how often loops turn. */
    private static final int TURNS = 16;

    /** As many as make a full tile and one that is filled up: C2 leaves out what never happened, and has to come again. */
    private static final int QUERIES = 6;

    /** A load takes less when C1 has compiled it, and more in the interpreter. */
    private static final long LOAD_NANOS = 4_000;

    private static final int LOADS_BETWEEN_LOOKS = 16;
    private static final int COUNTED_LOADS = 1_000;

    private static final int CALLS_BETWEEN_LOOKS = 1_100;
    private static final long NANOS_BETWEEN_LOOKS = 1_000_000;

    /** Room for the least work of every kernel: one strip, one block of keys or values. */
    private static final int SCRATCH = 512 * Math.max(PANEL_ROWS, BLOCK_POSITIONS);

    private record Kernel(Runnable nothing, Runnable work) {
        void callIdly(int calls) {
            for (int i = 0; i < calls; i++) {
                nothing.run();
            }
        }

        void call(int calls) {
            for (int i = 0; i < calls; i++) {
                (i % CALLS_PER_WORK == 0 ? work : nothing).run();
            }
        }

        boolean isFast() {
            long start = System.nanoTime();
            work.run();
            return System.nanoTime() - start < COMPILED_NANOS;
        }
    }

    private final List<Kernel> vectorKernels = new ArrayList<>();
    private final List<Kernel> scalarKernels = new ArrayList<>();
    private final Arena arena;
    private final float[] activations = activations();
    private final float[] a = new float[SCRATCH];
    private final float[] b = new float[SCRATCH];
    private final float[] c = new float[SCRATCH];

    /** Lists the kernels, those that take C2 longest first. */
    private VectorWarmUp(Arena arena, Set<DType> types, ActivationType activationType, KvType kvType) {
        this.arena = arena;
        addTile(VectorTiles.MAX_HEIGHT);
        for (DType type : types) {
            addStrips(type, activationType.rounds(type));
        }
        for (int height = VectorTiles.MAX_HEIGHT - 4; height > 0; height -= 4) {
            addTile(height);
        }
        addAttention(kvType);
        addElementwise();
    }

    /** Some that are rounded easily, some that are even, some that are zero: every way through the rounding. */
    private static float[] activations() {
        float[] x = new float[TURNS * RoundedRow.BLOCK];
        for (int i = 0; i < x.length; i++) {
            x[i] = switch (i / RoundedRow.BLOCK % 3) {
                case 0 -> i % 7 - 3;
                case 1 -> 1;
                default -> 0;
            };
        }
        return x;
    }

    private void add(Runnable nothing, Runnable work) {
        vectorKernels.add(new Kernel(nothing, work));
    }

    private void addTile(int height) {
        add(
                () -> VectorTiles.multiply(height, a, 0, b, 0, c, 0),
                () -> VectorTiles.multiply(height, a, 0, b, TURNS, c, 0));
    }

    private void addStrips(DType type, boolean rounded) {
        boolean plain = type.blockSize() == 1;
        int cols = 2 * StripFormat.COLS * TURNS; // two super-blocks
        StripFormat format = plain ? null : StripFormat.of(type, LANES);
        // Outside the heap, as a model's strips and pages are: C2 compiles for the kind of memory that it has seen.
        MemorySegment strip = arena.allocate(StripLayout.stripBytes(type, cols, LANES), Long.BYTES);
        StripMatrix.Part none = part(type, format, 0, strip);
        StripMatrix.Part some = part(type, format, cols, strip);
        VectorStrips strips = new VectorStrips();
        VectorRow row = new VectorRow();
        StripMatrix.Part[] parts = {some};
        row.set(a, cols, parts, rounded);
        VectorRow noRow = new VectorRow();
        noRow.set(a, 0, parts, rounded);
        add(() -> strips.multiply(none, 0, noRow, c, 0), () -> strips.multiply(some, 0, row, c, 0));
        if (rounded) {
            VectorRow again = new VectorRow();
            add(
                    () -> again.set(activations, 0, parts, true),
                    () -> again.set(activations, TURNS * RoundedRow.BLOCK, parts, true));
        }
        if (VectorStrips.canMultiplyFour(some)) {
            StripFormat known = Objects.requireNonNull(format);
            add(
                    () -> strips.multiplyFour(none, known, 0, 0, a, 0, b, 0, c, 0),
                    () -> strips.multiplyFour(some, known, 0, 0, a, 0, b, 0, c, 0));
        }
        add(() -> strips.unpack(none, 0, 0, b, 0), () -> strips.unpack(some, 0, 0, b, 0));
    }

    private static StripMatrix.Part part(DType type, @Nullable StripFormat format, int cols, MemorySegment strip) {
        return new StripMatrix.Part(
                type,
                format,
                0,
                LANES,
                cols,
                LANES,
                StripLayout.segmentBytes(type, StripLayout.SEGMENT_COLS, LANES),
                StripLayout.stripBytes(type, cols, LANES),
                PairedRow.Order.of(type),
                true,
                strip);
    }

    private void addAttention(KvType kvType) {
        MemorySegment page = arena.allocate((long) SCRATCH * Float.BYTES, Long.BYTES);
        // Blocks that are being filled hold floats where full ones hold 8 bits.
        Set<KvType> types = kvType == KvType.INT8 ? Set.of(KvType.F32, KvType.INT8) : Set.of(kvType);
        add(
                () -> VectorAttention.scores(a, b, QUERIES, 0, 1, c),
                () -> VectorAttention.scores(a, b, QUERIES, TURNS, 1, c));
        add(
                () -> VectorAttention.addWeightedValues(a, 0, b, QUERIES, 4 * LANES, c),
                () -> VectorAttention.addWeightedValues(a, TURNS, b, QUERIES, 4 * LANES, c));
        for (KvType type : types) {
            add(
                    () -> VectorAttention.readKeys(type, page, 0, 0, a),
                    () -> VectorAttention.readKeys(type, page, 0, TURNS, a));
            if (type != KvType.INT8) {
                scalarKernels.add(new Kernel(
                        () -> ScalarAttention.storeKey(type, a, 0, 0, page, 0, 0),
                        () -> ScalarAttention.storeKey(type, a, 0, TURNS * LANES, page, 0, 0)));
                scalarKernels.add(new Kernel(
                        () -> ScalarAttention.storeValue(type, a, 0, 0, page, 0, 0),
                        () -> ScalarAttention.storeValue(type, a, 0, TURNS * LANES, page, 0, 0)));
            }
        }
    }

    private void addElementwise() {
        add(
                () -> VectorElementwise.siluMultiply(a, 0, b, 0, c, 0, 0),
                () -> VectorElementwise.siluMultiply(a, 0, b, 0, c, 0, TURNS * LANES));
        add(
                () -> VectorElementwise.softmaxStep(a, 0, 0, b, 0),
                () -> VectorElementwise.softmaxStep(a, 0, TURNS * LANES, b, 0));
        add(
                () -> VectorElementwise.rmsNorm(a, 0, b, 1, c, 0, 0),
                () -> VectorElementwise.rmsNorm(a, 0, b, 1, c, 0, TURNS * LANES));
        add(() -> VectorElementwise.rope(a, 0, b, c, 0, 0), () -> VectorElementwise.rope(a, 0, b, c, 0, TURNS * LANES));
        scalarKernels.add(new Kernel(
                () -> ScalarElementwise.add(a, 0, b, 0, 0), () -> ScalarElementwise.add(a, 0, b, 0, TURNS * LANES)));
    }

    /**
     * Returns when the kernels are compiled, or when that takes too long.
     *
     * @param types of the model's matrices
     * @param activationType as what activations enter products
     * @param kvType of its KV cache
     */
    static void run(Set<DType> types, ActivationType activationType, KvType kvType) {
        try (Arena arena = Arena.ofShared()) {
            VectorWarmUp warmUp = new VectorWarmUp(arena, types, activationType, kvType);
            long end = System.nanoTime() + LIMIT_NANOS;
            warmUp.loadFromMemory(end);
            warmUp.callAll(end);
            warmUp.awaitCompilation(end);
        }
    }

    /**
     * Loads vectors until the JVM has counted from which class of memory segments. C2 asks once, when it compiles a kernel;
     * where it learns nothing, each load of the kernel remains a virtual call for good, and decoding takes twice as long.
     */
    private void loadFromMemory(long end) {
        MemorySegment vector = arena.allocate(LANES * (long) Integer.BYTES, Long.BYTES);
        int counted = 0;
        while (counted < COUNTED_LOADS && !isOver(end)) {
            long start = System.nanoTime();
            for (int i = 0; i < LOADS_BETWEEN_LOOKS; i++) {
                a[0] += IntVector.fromMemorySegment(VectorLanes.INTS, vector, 0, LITTLE_ENDIAN)
                                .lane(0)
                        + ShortVector.fromMemorySegment(VectorLanes.SHORTS, vector, 0, LITTLE_ENDIAN)
                                .lane(0)
                        + FloatVector.fromMemorySegment(VectorLanes.FLOATS, vector, 0, LITTLE_ENDIAN)
                                .lane(0);
            }
            if (System.nanoTime() - start < 3 * LOADS_BETWEEN_LOOKS * LOAD_NANOS) {
                counted += LOADS_BETWEEN_LOOKS;
            }
        }
    }

    /** First so often that C1 compiles the kernels, then so often that C2 does: what C1 made counts meanwhile. */
    private void callAll(long end) {
        List<Kernel> all = new ArrayList<>(vectorKernels);
        all.addAll(scalarKernels);
        for (Kernel kernel : all) {
            kernel.callIdly(CALLS_TO_C1);
        }
        LockSupport.parkNanos(NANOS_BETWEEN_LOOKS);
        for (Kernel kernel : all) {
            kernel.call(CALLS_TO_C1);
        }
        LockSupport.parkNanos(NANOS_BETWEEN_LOOKS);
        for (Kernel kernel : all) {
            if (isOver(end)) {
                return;
            }
            kernel.call(CALLS_TO_C2);
        }
    }

    /** True when time is up, or nobody waits for the model any more. */
    private static boolean isOver(long end) {
        return Thread.currentThread().isInterrupted() || System.nanoTime() - end >= 0;
    }

    private void awaitCompilation(long end) {
        Deque<Kernel> pending = new ArrayDeque<>(vectorKernels);
        long progress = System.nanoTime();
        while (!pending.isEmpty() && !isOver(end) && System.nanoTime() - progress < PATIENCE_NANOS) {
            Kernel kernel = pending.removeFirst();
            if (kernel.isFast()) {
                progress = System.nanoTime();
            } else {
                pending.addLast(kernel);
                kernel.call(CALLS_BETWEEN_LOOKS);
                LockSupport.parkNanos(NANOS_BETWEEN_LOOKS);
            }
        }
    }
}
