package dev.demitasse.core.kernels;

/** Plain loops: the definition of correct, and what runs where the vector module is missing. */
final class ScalarKernels {
    private ScalarKernels() {}
}
