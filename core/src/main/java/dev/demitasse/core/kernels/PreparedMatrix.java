package dev.demitasse.core.kernels;

import dev.demitasse.core.tensor.DType;

/**
 * One or more weight matrices with the same input, stacked by rows, in the form one kernel set multiplies them in,
 * interleaved for its lane count. Made by {@link Kernels#prepare}, whose matrices it does not need any longer. Immutable.
 */
public interface PreparedMatrix extends AutoCloseable {
    /** Output features, summed over the stacked matrices. */
    int rows();

    /** Input features. */
    int cols();

    /** Type of the matrix that holds {@code row}, as its file stores it. */
    DType type(int row);

    /** What the form is, for people: {@code "Q4_0 in 16-row strips"}. */
    String form();

    /** Bytes this form takes, outside the heap. */
    long ownBytes();

    /** Frees memory of its own, which lies outside the heap. No kernel may use it, now or later. Idempotent. */
    @Override
    void close();
}
