package dev.demitasse.sampling;

import java.lang.reflect.Method;

/** Bytes a thread has allocated; by reflection, because the module under test does not require java.management. */
final class AllocatedBytes {
    private static final Object BEAN;
    private static final Method METHOD;

    static {
        try {
            BEAN = Class.forName("java.lang.management.ManagementFactory")
                    .getMethod("getThreadMXBean")
                    .invoke(null);
            METHOD = Class.forName("com.sun.management.ThreadMXBean").getMethod("getCurrentThreadAllocatedBytes");
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private AllocatedBytes() {}

    static long ofThisThread() {
        try {
            return (long) METHOD.invoke(BEAN);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
