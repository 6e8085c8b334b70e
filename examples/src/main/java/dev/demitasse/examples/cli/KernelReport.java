package dev.demitasse.examples.cli;

import dev.demitasse.core.kernels.KernelSelection;
import dev.demitasse.core.kernels.Kernels;
import java.io.PrintWriter;

/** Which kernels run here, and why. */
final class KernelReport {
    private KernelReport() {}

    static void print(PrintWriter out) {
        for (Kernels kernels : KernelSelection.all()) {
            out.println("kernels        " + kernels.name());
        }
    }
}
