package dev.demitasse.chat;

import dev.demitasse.core.kernels.KernelSelection;
import dev.demitasse.core.kernels.Kernels;

/**
 * The kernels a model runs on.
 *
 * @param reason why these: a sentence for people
 */
record ChosenKernels(Kernels kernels, String reason) {
    /** @throws ModelLoadException if vector kernels are required and cannot be had */
    static ChosenKernels of(KernelChoice choice) {
        if (choice == KernelChoice.SCALAR) {
            return new ChosenKernels(KernelSelection.scalar(), "The application asked for scalar kernels.");
        }
        if (isVectorApiPresent()) {
            return new ChosenKernels(KernelSelection.all().getLast(), "The JVM has the Vector API.");
        }
        if (choice == KernelChoice.REQUIRE_VECTOR) {
            throw new ModelLoadException("vector kernels are required, and this JVM runs without the Vector API:"
                    + " add --add-modules jdk.incubator.vector to its arguments");
        }
        return new ChosenKernels(KernelSelection.scalar(), "The JVM runs without --add-modules jdk.incubator.vector.");
    }

    /** Asked by class, not by module: an application may load the module after the JVM has started. */
    private static boolean isVectorApiPresent() {
        try {
            Class.forName("jdk.incubator.vector.FloatVector", false, ChosenKernels.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException _) {
            return false;
        }
    }
}
