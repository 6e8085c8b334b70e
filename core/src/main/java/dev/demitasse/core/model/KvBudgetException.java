package dev.demitasse.core.model;

/** The KV caches of a model have used up their budget. Nothing was computed, and no cache has changed. */
public final class KvBudgetException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    KvBudgetException(long needed, long inUse, long budget) {
        super("a page of " + needed + " bytes does not fit the KV budget: " + inUse + " of " + budget
                + " bytes are in use. Close or truncate other caches, or allow more.");
    }
}
