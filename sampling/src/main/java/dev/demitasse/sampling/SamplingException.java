package dev.demitasse.sampling;

/** Logits that no token can be drawn from: not a number, infinite, or every token excluded. */
public final class SamplingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Makes the exception. */
    public SamplingException(String message) {
        super(message);
    }
}
