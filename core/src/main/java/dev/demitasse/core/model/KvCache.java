package dev.demitasse.core.model;

import static dev.demitasse.core.kernels.KvType.BLOCK_POSITIONS;

import dev.demitasse.core.kernels.KvType;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of the positions that one sequence has been through.
 *
 * <p>Grows by pages of {@link KvType#BLOCK_POSITIONS} positions as {@link Decoder#forward} appends. A position is seen
 * from outside only when a whole forward pass has succeeded. Forks share full and partial pages and copy one when they
 * write to it.
 *
 * <p>With {@link KvType#INT8} a position's own page is read as floats, and pages before it as 8 bits, whether they were
 * filled in one pass or in many: results do not depend on how a sequence was cut into batches.
 *
 * <p>For one thread at a time.
 */
public final class KvCache implements AutoCloseable {
    private final KvPages pages;
    private final int capacity;
    private final boolean sealing;
    private final @Nullable LoraAdapter adapter;
    private int length;
    private boolean closed;

    /** By block: the page that later blocks read. With sealing, null while the block is being filled. */
    private @Nullable KvPage[] stored = new @Nullable KvPage[4];

    /** By block, with sealing only: the page of floats that is being filled, until the block is complete. */
    private @Nullable KvPage[] open = new @Nullable KvPage[4];

    KvCache(KvPages pages, int capacity, @Nullable LoraAdapter adapter) {
        this.pages = pages;
        this.capacity = capacity;
        this.sealing = pages.type() == KvType.INT8;
        this.adapter = adapter;
        if (adapter != null) {
            adapter.use();
        }
    }

    /** Positions held. */
    public int length() {
        return length;
    }

    /** What the sequence is computed with besides the model's weights, or null. */
    public @Nullable LoraAdapter adapter() {
        return adapter;
    }

    /** Positions this cache may hold. */
    public int capacity() {
        return capacity;
    }

    /** Bytes of the pages held; pages shared with forks count in full. */
    public long bytes() {
        long bytes = 0;
        for (int block = 0; block < stored.length; block++) {
            bytes += bytes(stored[block]) + bytes(open[block]);
        }
        return bytes;
    }

    private long bytes(@Nullable KvPage page) {
        return page == null ? 0 : pages.pageBytes(page.type);
    }

    /**
     * Bytes that this cache may take from the budget until it holds {@code newLength} positions: a bound that is kept
     * however the positions are cut into passes, and that sinks as the cache grows.
     *
     * @param newLength if it is not above {@link #length()}, no bytes are needed
     * @param rows most positions that one pass appends
     */
    public long bytesToGrow(int newLength, int rows) {
        if (newLength <= length) {
            return 0;
        }
        int partial = length % BLOCK_POSITIONS == 0 ? 0 : 1;
        int block = length / BLOCK_POSITIONS;
        if (!sealing) {
            int newPages = blocks(newLength) - blocks(length);
            int copies = partial == 1 && pages.isShared(present(stored[block], block)) ? 1 : 0;
            return (newPages + copies) * pages.pageBytes();
        }
        int sealed = newLength / BLOCK_POSITIONS - block;
        int most = Math.min(blocks(newLength) - block, blocks(Math.min(rows, newLength)) + 1);
        KvPage openPage = partial == 1 && block < open.length ? open[block] : null;
        int held = openPage != null && !pages.isShared(openPage) ? 1 : 0;
        return sealed * pages.pageBytes() + (most - held) * pages.pageBytes(KvType.F32);
    }

    /** Positions up to which this cache shares pages with others: truncating it to no less frees every page it gives up. */
    public int sharedLength() {
        for (int block = blocks(length) - 1; block >= 0; block--) {
            if (isShared(stored[block]) || isShared(open[block])) {
                return Math.min(length, (block + 1) * BLOCK_POSITIONS);
            }
        }
        return 0;
    }

    /**
     * How much of the first {@code positions} can be kept without reading anything back that was rounded when its block
     * was complete: all of it, but with {@link KvType#INT8} no part of a complete block.
     *
     * @param positions from 0 to {@link #length()}
     */
    public int exactLength(int positions) {
        int block = positions / BLOCK_POSITIONS;
        boolean rounded = sealing && positions % BLOCK_POSITIONS != 0 && stored[block] != null;
        return rounded ? block * BLOCK_POSITIONS : positions;
    }

    /**
     * How many positions can be appended after the first {@code positions} and truncated again without a trace: with
     * {@link KvType#INT8} fewer than complete a block, which would be rounded then.
     *
     * @param positions at least 0
     */
    public int revocable(int positions) {
        return sealing ? BLOCK_POSITIONS - 1 - positions % BLOCK_POSITIONS : Integer.MAX_VALUE;
    }

    private boolean isShared(@Nullable KvPage page) {
        return page != null && pages.isShared(page);
    }

    /** Counts this cache's pages, see {@link KvPages#bytesHeldOnlyBy}. */
    void countPages(Map<KvPage, Integer> counts) {
        for (int block = 0; block < stored.length; block++) {
            count(stored[block], counts);
            count(open[block], counts);
        }
    }

    private static void count(@Nullable KvPage page, Map<KvPage, Integer> counts) {
        if (page != null) {
            counts.merge(page, 1, Integer::sum);
        }
    }

    private static int blocks(int positions) {
        return (positions + BLOCK_POSITIONS - 1) / BLOCK_POSITIONS;
    }

    /**
     * Forgets all positions from {@code newLength} on.
     *
     * @param newLength from 0 to {@link #length()}
     */
    public void truncate(int newLength) {
        requireOpen();
        if (newLength < 0 || newLength > length) {
            throw new IllegalArgumentException("cannot truncate to " + newLength + " positions: there are " + length);
        }
        length = newLength;
        releaseBeyondLength();
    }

    /** A cache with the same positions, independent of this one from now on. Takes no memory until one of them grows. */
    public KvCache fork() {
        return fork(length);
    }

    /**
     * A cache with the first positions of this one, independent of it from now on. Takes no memory until one of them
     * grows.
     *
     * @param positions from 0 to {@link #length()}
     */
    public KvCache fork(int positions) {
        requireOpen();
        KvCache fork = new KvCache(pages, capacity, adapter);
        fork.length = length;
        fork.stored = shared(stored);
        fork.open = shared(open);
        fork.truncate(positions);
        return fork;
    }

    private @Nullable KvPage[] shared(@Nullable KvPage[] original) {
        @Nullable KvPage[] copy = original.clone();
        for (KvPage page : copy) {
            if (page != null) {
                pages.share(page);
            }
        }
        return copy;
    }

    /** Gives the pages back. Idempotent. */
    @Override
    public void close() {
        length = 0;
        releaseBeyondLength();
        if (!closed && adapter != null) {
            adapter.release();
        }
        closed = true;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("this KV cache was closed");
        }
    }

    /**
     * Makes room for the next {@code count} positions, without changing what is held.
     *
     * @throws KvBudgetException if there is no memory for them; nothing has changed then
     */
    void reserve(int count) {
        requireOpen();
        int first = length / BLOCK_POSITIONS;
        int last = (length + count - 1) / BLOCK_POSITIONS;
        if (last >= stored.length) {
            int blocks = Math.max(last + 1, stored.length * 2);
            stored = Arrays.copyOf(stored, blocks);
            open = Arrays.copyOf(open, blocks);
        }
        boolean reserved = false;
        try {
            for (int block = first; block <= last; block++) {
                if (sealing) {
                    reserveSealing(block, length + count >= (block + 1) * BLOCK_POSITIONS);
                } else {
                    stored[block] = writable(stored[block], pages.type());
                }
            }
            reserved = true;
        } finally {
            if (!reserved) {
                rollback();
            }
        }
    }

    private KvPage writable(@Nullable KvPage page, KvType type) {
        return page == null ? pages.acquire(type) : pages.exclusive(page);
    }

    private void reserveSealing(int block, boolean becomesFull) {
        KvPage sealed = stored[block];
        boolean reopened = open[block] == null && sealed != null;
        open[block] = writable(open[block], KvType.F32);
        if (reopened) {
            unseal(block);
            stored[block] = null;
            pages.release(sealed);
        }
        if (becomesFull) {
            stored[block] = pages.acquire(KvType.INT8);
        }
    }

    /** The page that holds {@code block} for the block's own positions: where they are written and read. */
    KvPage own(int block) {
        return present(sealing ? open[block] : stored[block], block);
    }

    /** The page that holds a complete {@code block} for the positions after it. */
    KvPage past(int block) {
        return present(stored[block], block);
    }

    private static KvPage present(@Nullable KvPage page, int block) {
        if (page == null) {
            throw new IllegalStateException("block " + block + " was not reserved");
        }
        return page;
    }

    /** Where the key block of a layer and KV head starts in a page. */
    long keyBlock(KvPage page, int layer, int kvHead) {
        return pages.keyBlock(page.type, layer, kvHead);
    }

    /** Where the value block of a layer and KV head starts in a page. */
    long valueBlock(KvPage page, int layer, int kvHead) {
        return pages.valueBlock(page.type, layer, kvHead);
    }

    /** Writes one position's key and value of one layer and KV head; {@link #reserve} has made room. */
    void store(int layer, int kvHead, int position, float[] keys, int keyOffset, float[] values, int valueOffset) {
        KvPage page = own(position / BLOCK_POSITIONS);
        store(page, layer, kvHead, position % BLOCK_POSITIONS, keys, keyOffset, values, valueOffset);
    }

    private void store(
            KvPage page,
            int layer,
            int kvHead,
            int slot,
            float[] keys,
            int keyOffset,
            float[] values,
            int valueOffset) {
        int headDim = pages.headDim();
        long keyBlock = pages.keyBlock(page.type, layer, kvHead);
        long valueBlock = pages.valueBlock(page.type, layer, kvHead);
        pages.kernels().storeKey(page.type, keys, keyOffset, headDim, page.memory, keyBlock, slot);
        pages.kernels().storeValue(page.type, values, valueOffset, headDim, page.memory, valueBlock, slot);
    }

    /** Whether complete blocks are encoded anew, see {@link #seal}. */
    boolean isSealing() {
        return sealing;
    }

    /** Encodes a complete block of one layer and KV head for the positions after it. */
    void seal(int layer, int kvHead, int block) {
        convert(own(block), past(block), layer, kvHead);
    }

    private void unseal(int block) {
        for (int layer = 0; layer < pages.layers(); layer++) {
            for (int kvHead = 0; kvHead < pages.kvHeads(); kvHead++) {
                convert(past(block), own(block), layer, kvHead);
            }
        }
    }

    private void convert(KvPage from, KvPage to, int layer, int kvHead) {
        pages.kernels()
                .convertKeys(
                        from.type,
                        from.memory,
                        pages.keyBlock(from.type, layer, kvHead),
                        to.type,
                        to.memory,
                        pages.keyBlock(to.type, layer, kvHead),
                        pages.headDim());
        pages.kernels()
                .convertValues(
                        from.type,
                        from.memory,
                        pages.valueBlock(from.type, layer, kvHead),
                        to.type,
                        to.memory,
                        pages.valueBlock(to.type, layer, kvHead),
                        pages.headDim());
    }

    /**
     * Writes keys and values, {@link KvPages#writtenBytes} of them, for {@link KvPages#readCache}. The positions of the last
     * page that are not held are zeros: pages are used again, and what another sequence left there goes nowhere.
     */
    public void write(WritableByteChannel out) throws IOException {
        requireOpen();
        for (int block = 0; block < length / BLOCK_POSITIONS; block++) {
            write(past(block), out);
        }
        if (length % BLOCK_POSITIONS != 0) {
            KvPage copy = new KvPage(pages.partialType(), pages.pageBytes(pages.partialType()));
            try {
                copyPartial(length / BLOCK_POSITIONS, copy);
                write(copy, out);
            } finally {
                copy.free();
            }
        }
    }

    private static void write(KvPage page, WritableByteChannel out) throws IOException {
        ByteBuffer bytes = page.memory.asByteBuffer();
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }

    private void copyPartial(int block, KvPage copy) {
        float[] nothing = new float[pages.headDim()];
        boolean sealed = sealing && open[block] == null;
        if (!sealed) {
            copy.memory.copyFrom(own(block).memory);
        }
        for (int layer = 0; layer < pages.layers(); layer++) {
            for (int kvHead = 0; kvHead < pages.kvHeads(); kvHead++) {
                if (sealed) {
                    convert(past(block), copy, layer, kvHead);
                }
                for (int slot = length % BLOCK_POSITIONS; slot < BLOCK_POSITIONS; slot++) {
                    store(copy, layer, kvHead, slot, nothing, 0, nothing, 0);
                }
            }
        }
    }

    /** Becomes what another cache wrote; this one is empty. */
    void read(ReadableByteChannel in, int positions) throws IOException {
        stored = new @Nullable KvPage[blocks(positions)];
        open = new @Nullable KvPage[blocks(positions)];
        int full = positions / BLOCK_POSITIONS;
        for (int block = 0; block < full; block++) {
            stored[block] = read(pages.acquire(pages.type()), in);
        }
        if (positions % BLOCK_POSITIONS != 0) {
            KvPage last = read(pages.acquire(pages.partialType()), in);
            if (sealing) {
                open[full] = last;
            } else {
                stored[full] = last;
            }
        }
        length = positions;
    }

    private KvPage read(KvPage page, ReadableByteChannel in) throws IOException {
        ByteBuffer bytes = page.memory.asByteBuffer();
        boolean complete = false;
        try {
            while (bytes.hasRemaining()) {
                if (in.read(bytes) < 0) {
                    throw new EOFException("found the end, expected " + bytes.remaining() + " bytes more of a page");
                }
            }
            complete = true;
            return page;
        } finally {
            if (!complete) {
                pages.release(page);
            }
        }
    }

    /** Makes the reserved positions part of the cache. */
    void commit(int count) {
        int first = length / BLOCK_POSITIONS;
        length += count;
        for (int block = first; sealing && block < length / BLOCK_POSITIONS; block++) {
            open[block] = release(open[block]);
        }
    }

    /** Gives up the reserved positions. */
    void rollback() {
        releaseBeyondLength();
    }

    private void releaseBeyondLength() {
        int blocks = blocks(length);
        for (int block = blocks; block < stored.length; block++) {
            stored[block] = release(stored[block]);
            open[block] = release(open[block]);
        }
        // A block that was to become full, and did not, is still open and has no use for a page of its sealed form.
        if (blocks > 0 && open[blocks - 1] != null) {
            stored[blocks - 1] = release(stored[blocks - 1]);
        }
    }

    private @Nullable KvPage release(@Nullable KvPage page) {
        if (page != null) {
            pages.release(page);
        }
        return null;
    }
}
