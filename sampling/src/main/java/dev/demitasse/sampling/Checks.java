package dev.demitasse.sampling;

/** Checks of arguments. */
final class Checks {
    private Checks() {}

    static float finite(String name, float value) {
        if (!Float.isFinite(value)) {
            throw new IllegalArgumentException(name + " is " + value + "; expected a finite number");
        }
        return value;
    }

    static float positive(String name, float value) {
        if (!(finite(name, value) > 0)) {
            throw new IllegalArgumentException(name + " is " + value + "; expected a number above 0");
        }
        return value;
    }

    static float probability(String name, float value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(name + " is " + value + "; expected a number from 0 to 1");
        }
        return value;
    }
}
