package dev.demitasse.chat;

/** How full a session's context is, in tokens. */
public final class ContextUse {
    private final int used;
    private final int size;

    ContextUse(int used, int size) {
        this.used = used;
        this.size = size;
    }

    /** What the conversation so far takes: system message and history as the template writes them. */
    public int used() {
        return used;
    }

    /** What the context holds. */
    public int size() {
        return size;
    }

    /** What is left for the next question and its answer. */
    public int free() {
        return Math.max(0, size - used);
    }

    @Override
    public String toString() {
        return "ContextUse[" + used + " of " + size + " tokens]";
    }
}
