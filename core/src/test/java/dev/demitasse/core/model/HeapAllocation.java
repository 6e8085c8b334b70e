package dev.demitasse.core.model;

import java.lang.reflect.Method;

/** Heap bytes that the current thread has allocated so far; by reflection, since the module does not read the beans'. */
final class HeapAllocation {
    private final Object threads;
    private final Method allocatedBytes;

    HeapAllocation() {
        try {
            threads = Class.forName("java.lang.management.ManagementFactory")
                    .getMethod("getThreadMXBean")
                    .invoke(null);
            allocatedBytes =
                    Class.forName("com.sun.management.ThreadMXBean").getMethod("getCurrentThreadAllocatedBytes");
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    long bytes() {
        try {
            return (Long) allocatedBytes.invoke(threads);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
