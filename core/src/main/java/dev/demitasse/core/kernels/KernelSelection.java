package dev.demitasse.core.kernels;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which kernels a model runs on, and why.
 *
 * @param kernels a new set, for one model
 * @param reason why these: a sentence for people
 * @param warning what to change for better ones: a sentence for people; null if nothing is to be changed
 */
public record KernelSelection(
        Kernels kernels, String reason, @Nullable String warning) {
    /** What the application wants. */
    public enum Policy {
        /** Vector kernels where this JVM compiles them, else scalar ones. */
        AUTO,
        /** Vector kernels, or an exception. */
        REQUIRE_VECTOR,
        /** Scalar kernels. */
        SCALAR
    }

    private static final String ADD_MODULE =
            "This JVM runs without the Vector API: add --add-modules jdk.incubator.vector to its arguments.";

    /** What this JVM is fit for; found out once, because the race takes time. Null: vector kernels are fine. */
    private static final class Obstacle {
        private static final @Nullable String TO_VECTOR_KERNELS = find();

        private static @Nullable String find() {
            if (!isVectorApiPresent()) {
                return ADD_MODULE;
            }
            // HotSpot's own summary of its compilers, without a dependency on java.management.
            String compilers = System.getProperty("java.vm.info", "");
            if (compilers.contains("interpreted mode")) {
                return "This JVM only interprets: remove -Xint from its arguments.";
            }
            if (compilers.contains("emulated-client")) {
                return "This JVM runs without its optimising compiler: remove -XX:TieredStopAtLevel from its"
                        + " arguments.";
            }
            if (!VectorRace.hasVectors()) {
                return "This JVM offers no vectors of at least 128 bits: raise -XX:MaxVectorSize, or use a processor"
                        + " that has them.";
            }
            if (!VectorRace.isWon()) {
                return "This JVM does not compile the Vector API to vector instructions, scalar kernels were faster:"
                        + " let its optimising compiler run (no -XX:TieredStopAtLevel, -XX:-EnableVectorSupport or"
                        + " compiler exclusions).";
            }
            return null;
        }
    }

    /**
     * Chooses kernels. The first call in a JVM may take some tenths of a second, as long as its compiler needs to make
     * vector kernels faster than scalar ones.
     *
     * @param activationType as what activations enter products: part of the numeric contract, the same for every policy
     * @throws IllegalStateException if vector kernels are required and this JVM cannot run them well; the message says
     *     what to change
     */
    public static KernelSelection choose(Policy policy, ActivationType activationType) {
        if (policy == Policy.SCALAR) {
            return new KernelSelection(scalar(activationType), "The application asked for scalar kernels.", null);
        }
        String obstacle = Obstacle.TO_VECTOR_KERNELS;
        if (obstacle == null) {
            return new KernelSelection(new VectorKernels(activationType), "This JVM compiles the Vector API.", null);
        }
        if (policy == Policy.REQUIRE_VECTOR) {
            throw new IllegalStateException("vector kernels are required. " + obstacle);
        }
        return new KernelSelection(scalar(activationType), obstacle, "Models run on slow scalar kernels. " + obstacle);
    }

    /** A new set of scalar kernels, which run on every JVM. */
    public static Kernels scalar(ActivationType activationType) {
        return new ScalarKernels(activationType);
    }

    /** A new set of scalar kernels that multiply activations as they are. */
    public static Kernels scalar() {
        return scalar(ActivationType.F32);
    }

    /**
     * New sets of every kind that this JVM can run, fast or not, the scalar one first: for tests and benchmarks.
     */
    public static List<Kernels> all(ActivationType activationType) {
        return isVectorApiPresent() && VectorRace.hasVectors()
                ? List.of(scalar(activationType), new VectorKernels(activationType))
                : List.of(scalar(activationType));
    }

    /** As {@link #all(ActivationType)}, of kernels that multiply activations as they are. */
    public static List<Kernels> all() {
        return all(ActivationType.F32);
    }

    /** Asked by class, not by module: an application may load the module after the JVM has started. */
    private static boolean isVectorApiPresent() {
        try {
            Class.forName("jdk.incubator.vector.FloatVector", false, KernelSelection.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException _) {
            return false;
        }
    }
}
