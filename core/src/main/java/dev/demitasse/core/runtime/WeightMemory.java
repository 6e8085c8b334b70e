package dev.demitasse.core.runtime;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Memory for the weights of one model, outside the heap, in large pages where that is possible (see
 * {@link LargePages}). Thread-safe.
 *
 * <p>The memory is in shared arenas that must be closed: one that the garbage collector frees would count against the
 * limit of direct memory, which by default is the size of the heap.
 */
public final class WeightMemory {
    /** Matrices share slabs, so that less than a large page is lost at the end of each slab and not of each matrix. */
    private static final long SLAB_BYTES = 32L << 20;

    private static final long CACHE_LINE = 64;

    private final @Nullable LargePages largePages;
    private @Nullable Slab open;

    /** Finds out how memory is to be had, which takes some hundredths of a second once in a JVM. */
    public static void prepare() {
        LargePages.ifEnabled();
    }

    /** Memory in large pages where this module may ask for them. */
    public WeightMemory() {
        this.largePages = LargePages.ifEnabled();
    }

    /** Memory of one matrix, full of zeroes and aligned to a cache line. */
    public static final class Block implements AutoCloseable {
        private final Slab slab;
        private final MemorySegment segment;
        private boolean closed;

        private Block(Slab slab, MemorySegment segment) {
            this.slab = slab;
            this.segment = segment;
        }

        /** The memory; not to be used once this is closed. */
        public MemorySegment segment() {
            return segment;
        }

        /** Gives the memory back, as soon as all that was allocated near it is given back too. Idempotent. */
        @Override
        public void close() {
            synchronized (slab) {
                if (!closed) {
                    closed = true;
                    slab.release();
                }
            }
        }
    }

    /** True if large pages are asked for: the operating system may still give others. */
    public boolean usesLargePages() {
        return largePages != null;
    }

    /**
     * Allocates memory.
     *
     * @param bytes at least 0
     * @throws OutOfMemoryError if there is none
     */
    public Block allocate(long bytes) {
        // Without large pages the memory is filled with zeroes here, which several threads may do at once.
        return largePages == null ? new Slab(null, bytes).take(bytes) : allocateInSlab(largePages, bytes);
    }

    private synchronized Block allocateInSlab(LargePages pages, long bytes) {
        Block block = open == null ? null : open.takeIfFits(bytes);
        if (block == null) {
            Slab next = new Slab(pages, Math.max(bytes, SLAB_BYTES));
            block = next.take(bytes);
            open = next;
        }
        return block;
    }

    private static final class Slab {
        private final Arena arena;
        private final MemorySegment memory;
        private long taken;
        private int blocks;

        @SuppressWarnings("MustBeClosed") // closed with the last block
        Slab(@Nullable LargePages largePages, long bytes) {
            arena = Arena.ofShared();
            boolean allocated = false;
            try {
                MemorySegment large = largePages == null ? null : largePages.allocate(arena, bytes);
                memory = large == null ? arena.allocate(bytes, CACHE_LINE) : large;
                allocated = true;
            } finally {
                if (!allocated) {
                    arena.close();
                }
            }
        }

        /** Null if there is no room, or if all earlier blocks were closed and the memory is gone. */
        synchronized @Nullable Block takeIfFits(long bytes) {
            return arena.scope().isAlive() && memory.byteSize() - taken >= bytes ? take(bytes) : null;
        }

        synchronized Block take(long bytes) {
            MemorySegment segment = memory.asSlice(taken, bytes);
            taken = Math.min(memory.byteSize(), (taken + bytes + CACHE_LINE - 1) & -CACHE_LINE);
            blocks++;
            return new Block(this, segment);
        }

        void release() {
            blocks--;
            if (blocks == 0) {
                arena.close();
            }
        }
    }
}
