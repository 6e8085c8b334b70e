package dev.demitasse.core.model;

import dev.demitasse.core.kernels.KvType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Keys and values of {@link KvType#BLOCK_POSITIONS} consecutive positions, of all layers and KV heads. Several caches
 * may share a page to read it; only a page with one user may be written.
 */
final class KvPage {
    final KvType type;
    final MemorySegment memory;
    private final Arena arena;

    /** Caches that hold this page; guarded by the {@link KvPages} it came from. */
    int users = 1;

    @SuppressWarnings("MustBeClosed") // closed by free()
    KvPage(KvType type, long bytes) {
        this.type = type;
        this.arena = Arena.ofShared();
        // A cache line: no vector of a block that is a multiple of it straddles two lines.
        this.memory = arena.allocate(bytes, 64);
    }

    void free() {
        arena.close();
    }
}
