package dev.demitasse.chat;

import dev.demitasse.core.kernels.ActivationType;
import dev.demitasse.core.kernels.KernelSelection;
import dev.demitasse.core.kernels.KernelSelection.Policy;
import dev.demitasse.core.kernels.Kernels;

/**
 * The kernels a model runs on.
 *
 * @param reason why these: a sentence for people
 */
record ChosenKernels(Kernels kernels, String reason) {
    private static final System.Logger LOG = System.getLogger(ChosenKernels.class.getPackageName());

    /** @throws ModelLoadException if vector kernels are required and cannot be had */
    static ChosenKernels of(KernelChoice choice, Precision precision) {
        KernelSelection selection = select(choice, activationType(precision));
        if (selection.warning() != null) {
            Warning.logOnce();
        }
        return new ChosenKernels(selection.kernels(), selection.reason());
    }

    /** Logged when this class is initialised, so once in a JVM: about models loaded later it would say the same. */
    private static final class Warning {
        static {
            LOG.log(
                    System.Logger.Level.WARNING,
                    String.valueOf(KernelSelection.choose(Policy.AUTO, ActivationType.F32)
                            .warning()));
        }

        private Warning() {}

        /** Initialises this class. */
        static void logOnce() {}
    }

    private static ActivationType activationType(Precision precision) {
        return switch (precision) {
            case FAST -> ActivationType.INT8;
            case EXACT -> ActivationType.F32;
        };
    }

    private static KernelSelection select(KernelChoice choice, ActivationType activationType) {
        Policy policy = switch (choice) {
            case AUTO -> Policy.AUTO;
            case REQUIRE_VECTOR -> Policy.REQUIRE_VECTOR;
            case SCALAR -> Policy.SCALAR;
        };
        try {
            return KernelSelection.choose(policy, activationType);
        } catch (IllegalStateException unfit) {
            throw new ModelLoadException(String.valueOf(unfit.getMessage()));
        }
    }
}
