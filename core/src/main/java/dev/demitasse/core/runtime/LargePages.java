package dev.demitasse.core.runtime;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Memory in pages of 2 MB instead of 4 KB, by the operating system's own {@code mmap} and {@code madvise} (Linux, where
 * transparent huge pages are at least allowed on request). Prefetchers stop at the end of a page and each page needs a
 * translation, so that weights stream up to half as fast again from large ones; docs/DECISIONS.md has the figures.
 *
 * <p>Calling the operating system is restricted: it happens only where the application has enabled native access for
 * this module, and nothing depends on it.
 */
final class LargePages {
    private static final long PAGE = 2L << 20;
    private static final int READ_AND_WRITE = 0x1 | 0x2; // PROT_READ | PROT_WRITE
    private static final int PRIVATE_ANONYMOUS = 0x02 | 0x20; // MAP_PRIVATE | MAP_ANONYMOUS
    private static final int NO_FILE = -1;
    private static final long FAILED = -1; // MAP_FAILED
    private static final int HUGE_PAGES = 14; // MADV_HUGEPAGE

    private final MethodHandle mmap;
    private final MethodHandle munmap;
    private final MethodHandle madvise;

    private LargePages(MethodHandle mmap, MethodHandle munmap, MethodHandle madvise) {
        this.mmap = mmap;
        this.munmap = munmap;
        this.madvise = madvise;
    }

    /** Linked once: that takes some hundredths of a second. */
    private static final class Linked {
        private static final @Nullable LargePages FUNCTIONS = findFunctions();
    }

    /** The operating system's functions, or null where they are not to be had. */
    static @Nullable LargePages ifEnabled() {
        return Linked.FUNCTIONS;
    }

    private static @Nullable LargePages findFunctions() {
        boolean linux = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("linux");
        boolean wide = ValueLayout.ADDRESS.byteSize() == Long.BYTES;
        return linux && wide && LargePages.class.getModule().isNativeAccessEnabled() ? link() : null;
    }

    @SuppressWarnings("restricted") // native access is enabled
    private static @Nullable LargePages link() {
        Linker linker = Linker.nativeLinker();
        var address = ValueLayout.ADDRESS;
        var size = ValueLayout.JAVA_LONG;
        var number = ValueLayout.JAVA_INT;
        var symbols = linker.defaultLookup();
        var mmap = symbols.find("mmap").orElse(null);
        var munmap = symbols.find("munmap").orElse(null);
        var madvise = symbols.find("madvise").orElse(null);
        if (mmap == null || munmap == null || madvise == null) {
            return null;
        }
        return new LargePages(
                linker.downcallHandle(
                        mmap, FunctionDescriptor.of(address, address, size, number, number, number, size)),
                linker.downcallHandle(munmap, FunctionDescriptor.of(number, address, size)),
                linker.downcallHandle(madvise, FunctionDescriptor.of(number, address, size, number)));
    }

    /**
     * Memory full of zeroes that starts at a large page and lives as long as the arena. Pages are taken when they are
     * first written to.
     *
     * @return null if the operating system refuses
     */
    @SuppressWarnings("restricted") // native access is enabled
    @Nullable
    MemorySegment allocate(Arena arena, long bytes) {
        long mapped = bytes + PAGE;
        MemorySegment start = map(mapped);
        if (start.address() == FAILED) {
            return null;
        }
        long aligned = (start.address() + PAGE - 1) & -PAGE;
        advise(MemorySegment.ofAddress(aligned), bytes);
        return MemorySegment.ofAddress(aligned).reinterpret(bytes, arena, _ -> unmap(start, mapped));
    }

    private MemorySegment map(long bytes) {
        try {
            return (MemorySegment)
                    mmap.invokeExact(MemorySegment.NULL, bytes, READ_AND_WRITE, PRIVATE_ANONYMOUS, NO_FILE, 0L);
        } catch (Throwable thrown) {
            throw new IllegalStateException("mmap cannot be called", thrown);
        }
    }

    /** Advice: memory that does not get large pages is as good as any other. */
    private void advise(MemorySegment start, long bytes) {
        try {
            int _ = (int) madvise.invokeExact(start, bytes, HUGE_PAGES);
        } catch (Throwable thrown) {
            throw new IllegalStateException("madvise cannot be called", thrown);
        }
    }

    private void unmap(MemorySegment start, long bytes) {
        try {
            int _ = (int) munmap.invokeExact(start, bytes);
        } catch (Throwable thrown) {
            throw new IllegalStateException("munmap cannot be called", thrown);
        }
    }
}
