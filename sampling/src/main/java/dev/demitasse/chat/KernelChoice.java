package dev.demitasse.chat;

/** Which arithmetic a model may use. */
public enum KernelChoice {
    /** Vector kernels where this JVM runs them well, else scalar ones and a warning. */
    AUTO,
    /** Vector kernels, or loading fails. */
    REQUIRE_VECTOR,
    /** Scalar kernels, which run on every JVM: two to four times slower than vector kernels. */
    SCALAR
}
