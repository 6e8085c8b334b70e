package dev.demitasse.core.kernels;

import java.util.List;

/** Decides which kernels a model runs on. */
public final class KernelSelection {
    private KernelSelection() {}

    /** A new set of scalar kernels: the definition of correct, on every JVM. */
    public static Kernels scalar() {
        return new ScalarKernels();
    }

    /** New sets of every kind that this JVM can run, the scalar one first: for tests and benchmarks. */
    public static List<Kernels> all() {
        return List.of(scalar(), new VectorKernels());
    }
}
