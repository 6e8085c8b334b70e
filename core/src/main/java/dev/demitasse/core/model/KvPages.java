package dev.demitasse.core.model;

import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.kernels.KvType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a model's KV caches: hands out pages, counts their users and their bytes, keeps to a budget.
 *
 * <p>Pages lie outside the heap and are used again when their last cache lets go of them. Safe for use by several
 * threads; each {@link KvCache} is for one thread at a time.
 */
public final class KvPages implements AutoCloseable {
    // Enough for the ebb and flow of a few conversations; more is given back to the operating system.
    private static final int IDLE_PAGES_KEPT = 64;

    private final Kernels kernels;
    private final KvType type;
    private final int layers;
    private final int kvHeads;
    private final int headDim;
    private final long budget;
    private final Deque<KvPage> idle = new ArrayDeque<>();
    private final Deque<KvPage> idleOpen = new ArrayDeque<>();
    private long bytesInUse;
    private long bytesIdle;
    private boolean closed;

    /**
     * Makes an empty pool.
     *
     * @param config whose layers and KV heads a page covers
     * @param type how keys and values are stored
     * @param kernels the set that reads and writes them
     * @param budget bytes that pages may take together; {@link Long#MAX_VALUE} for no limit
     */
    public KvPages(DecoderConfig config, KvType type, Kernels kernels, long budget) {
        this.kernels = kernels;
        this.type = type;
        this.layers = config.layers();
        this.kvHeads = config.kvHeads();
        this.headDim = config.headDim();
        this.budget = budget;
    }

    /**
     * Makes an empty cache.
     *
     * @param capacity positions it may hold; it takes memory only as it grows
     */
    public KvCache newCache(int capacity) {
        return newCache(capacity, null);
    }

    /**
     * Makes an empty cache of a sequence that is computed with an adapter.
     *
     * @param capacity positions it may hold; it takes memory only as it grows
     * @param adapter of the same model, or null for none; it stays in memory until the cache and its forks are closed
     * @throws IllegalStateException if the adapter's memory was freed
     */
    public KvCache newCache(int capacity, @Nullable LoraAdapter adapter) {
        if (capacity < 1) {
            throw new IllegalArgumentException("a cache must hold at least 1 position, got " + capacity);
        }
        return new KvCache(this, capacity, adapter);
    }

    /**
     * Reads a cache that {@link KvCache#write} wrote, from pages of the same sizes and type.
     *
     * @param positions how many it held
     * @param capacity positions it may hold, at least as many
     * @param adapter what the cache was computed with besides the model's weights, or null
     * @throws KvBudgetException if there is no memory for them
     * @throws java.io.EOFException if the channel ends before all pages are read
     */
    public KvCache readCache(ReadableByteChannel in, int positions, int capacity, @Nullable LoraAdapter adapter)
            throws IOException {
        if (positions < 0 || positions > capacity) {
            throw new IllegalArgumentException(
                    "cannot read " + positions + " positions into a cache that may hold " + capacity);
        }
        KvCache cache = newCache(capacity, adapter);
        boolean complete = false;
        try {
            cache.read(in, positions);
            complete = true;
            return cache;
        } finally {
            if (!complete) {
                cache.close();
            }
        }
    }

    /** Bytes that a cache of so many positions is written as. */
    public long writtenBytes(int positions) {
        int partial = positions % KvType.BLOCK_POSITIONS == 0 ? 0 : 1;
        return positions / KvType.BLOCK_POSITIONS * pageBytes() + partial * pageBytes(partialType());
    }

    /** How a page is stored while it is not full. */
    KvType partialType() {
        return type == KvType.INT8 ? KvType.F32 : type;
    }

    /** How keys and values are stored. */
    public KvType type() {
        return type;
    }

    /** Bytes of the pages that caches hold now; a page that several share counts once. */
    public synchronized long bytesInUse() {
        return bytesInUse;
    }

    /** Bytes that pages may take together, those kept for later use included. */
    public long budget() {
        return budget;
    }

    /** Bytes that closing all these caches would free: of pages that no other cache holds. */
    public long bytesHeldOnlyBy(Collection<KvCache> caches) {
        Map<KvPage, Integer> counts = new HashMap<>();
        for (KvCache cache : caches) {
            cache.countPages(counts);
        }
        synchronized (this) {
            return counts.entrySet().stream()
                    .filter(page -> page.getKey().users == page.getValue())
                    .mapToLong(page -> pageBytes(page.getKey().type))
                    .sum();
        }
    }

    /** Bytes that one position takes in a full page, with so many layers and KV heads. */
    public static long bytesPerPosition(DecoderConfig config, KvType type) {
        long block = (long) type.keyBlockBytes(config.headDim()) + type.valueBlockBytes(config.headDim());
        return block * config.layers() * config.kvHeads() / KvType.BLOCK_POSITIONS;
    }

    /** Bytes of one page of {@link KvType#BLOCK_POSITIONS} positions. */
    public long pageBytes() {
        return pageBytes(type);
    }

    /**
     * Most bytes that one cache takes while it grows to so many positions, and one page more, which it takes for a moment
     * if it began as a fork.
     *
     * @param positions at least 1
     * @param rows most positions that one pass appends
     */
    public long bytesFor(int positions, int rows) {
        return newCache(positions).bytesToGrow(positions, rows) + pageBytes(partialType());
    }

    Kernels kernels() {
        return kernels;
    }

    int layers() {
        return layers;
    }

    int kvHeads() {
        return kvHeads;
    }

    int headDim() {
        return headDim;
    }

    long pageBytes(KvType pageType) {
        return (long) layers * kvHeads * blockBytes(pageType);
    }

    private long blockBytes(KvType pageType) {
        return (long) pageType.keyBlockBytes(headDim) + pageType.valueBlockBytes(headDim);
    }

    /** Where the key block of a layer and KV head starts in a page. */
    long keyBlock(KvType pageType, int layer, int kvHead) {
        return ((long) layer * kvHeads + kvHead) * blockBytes(pageType);
    }

    /** Where the value block of a layer and KV head starts in a page. */
    long valueBlock(KvType pageType, int layer, int kvHead) {
        return keyBlock(pageType, layer, kvHead) + pageType.keyBlockBytes(headDim);
    }

    /**
     * A page for one user; what it contains is undefined.
     *
     * @throws KvBudgetException if the budget does not allow another page
     */
    synchronized KvPage acquire(KvType pageType) {
        if (closed) {
            throw new IllegalStateException("the pages of this model's KV caches were freed");
        }
        long bytes = pageBytes(pageType);
        if (bytesInUse + bytes > budget) {
            throw new KvBudgetException(bytes, bytesInUse, budget);
        }
        KvPage page = idleOf(pageType).poll();
        if (page == null) {
            freeIdlePages(pageType == type ? idleOpen : idle, bytes);
            page = new KvPage(pageType, bytes);
        } else {
            bytesIdle -= bytes;
        }
        page.users = 1;
        bytesInUse += bytes;
        return page;
    }

    /** Idle pages of the other type make room where the budget is full. */
    private void freeIdlePages(Deque<KvPage> pool, long bytes) {
        while (bytesInUse + bytesIdle + bytes > budget && !pool.isEmpty()) {
            KvPage page = pool.pop();
            bytesIdle -= pageBytes(page.type);
            page.free();
        }
    }

    synchronized KvPage share(KvPage page) {
        page.users++;
        return page;
    }

    synchronized boolean isShared(KvPage page) {
        return page.users > 1;
    }

    synchronized void release(KvPage page) {
        if (--page.users > 0) {
            return;
        }
        bytesInUse -= pageBytes(page.type);
        Deque<KvPage> pool = idleOf(page.type);
        if (closed || pool.size() >= IDLE_PAGES_KEPT) {
            page.free();
        } else {
            pool.push(page);
            bytesIdle += pageBytes(page.type);
        }
    }

    /** The same page if its only user asks, otherwise a copy; the caller's share of the old one is given up. */
    KvPage exclusive(KvPage page) {
        if (!isShared(page)) {
            return page;
        }
        KvPage copy = acquire(page.type);
        MemorySegment.copy(page.memory, 0, copy.memory, 0, pageBytes(page.type));
        release(page);
        return copy;
    }

    private Deque<KvPage> idleOf(KvType pageType) {
        return pageType == type ? idle : idleOpen;
    }

    /** Frees the idle pages; those in use are freed when their caches are closed. */
    @Override
    public synchronized void close() {
        closed = true;
        idle.forEach(KvPage::free);
        idle.clear();
        idleOpen.forEach(KvPage::free);
        idleOpen.clear();
        bytesIdle = 0;
    }
}
