package dev.demitasse.core.kernels;

import dev.demitasse.core.kernels.KernelSelection.Policy;
import dev.demitasse.core.runtime.Workers;
import dev.demitasse.core.tensor.DType;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Main class of the JVMs that {@link VectorWarmUpTest} starts: warms up and says what the first real work allocates. */
final class WarmUpReport {
    /** One warm-up suffices where the JVM's compilers get a core; a kernel compiled badly stays as it is. */
    private static final int MOST_WARM_UPS = 40;

    private static final long ENOUGH = 400_000;
    private static final int ROWS = 512;
    private static final int COLS = 512;
    private static final int TOKENS = 20;
    private static final int HEAD_DIM = 64;

    private WarmUpReport() {}

    /** Prints the bytes that some thousands of vector operations of each kernel allocate. */
    public static void main(String[] arguments) throws ReflectiveOperationException {
        Set<DType> types = EnumSet.noneOf(DType.class);
        for (String name : arguments) {
            types.add(DType.valueOf(name));
        }
        Kernels kernels = KernelSelection.choose(Policy.REQUIRE_VECTOR, ActivationType.INT8)
                .kernels();
        try (Workers workers = new Workers("test", 1)) {
            List<PreparedMatrix> matrices = types.stream()
                    .map(type -> kernels.prepare(List.of(new RandomWeights(7).matrix(type, ROWS, COLS))))
                    .toList();
            float[] x = new RandomWeights(8).activations(TOKENS * COLS);
            float[] y = new float[TOKENS * ROWS];
            long allocated = Long.MAX_VALUE;
            for (int i = 0; i < MOST_WARM_UPS && allocated > ENOUGH; i++) {
                kernels.warmUp(types, KvType.F16);
                work(kernels, matrices, x, y, workers); // scratch memory grows
                long before = allocatedBytes();
                work(kernels, matrices, x, y, workers);
                allocated = allocatedBytes() - before;
            }
            System.out.println(allocated);
            matrices.forEach(PreparedMatrix::close);
        }
    }

    private static void work(Kernels kernels, List<PreparedMatrix> matrices, float[] x, float[] y, Workers workers) {
        for (PreparedMatrix matrix : matrices) {
            kernels.multiply(matrix, x, 1, y, workers);
            kernels.multiply(matrix, x, TOKENS, y, workers);
        }
        for (int i = 0; i < TOKENS; i++) {
            kernels.rmsNorm(x, 0, y, 1e-6f, y, COLS, COLS);
            kernels.siluMultiply(x, 0, x, COLS, y, 0, COLS);
            kernels.rope(x, 0, y, y, 0, HEAD_DIM);
            kernels.scores(x, x, 1, HEAD_DIM, 1, y);
            kernels.softmaxStep(y, 0, KvType.BLOCK_POSITIONS, x, 0);
            kernels.addWeightedValues(x, KvType.BLOCK_POSITIONS, y, 1, HEAD_DIM, y);
        }
    }

    /** By reflection: the module of these tests reads java.base only, the JVM that runs this has no modules. */
    private static long allocatedBytes() throws ReflectiveOperationException {
        Object threads = Class.forName("java.lang.management.ManagementFactory")
                .getMethod("getThreadMXBean")
                .invoke(null);
        return (long) Class.forName("com.sun.management.ThreadMXBean")
                .getMethod("getCurrentThreadAllocatedBytes")
                .invoke(threads);
    }
}
