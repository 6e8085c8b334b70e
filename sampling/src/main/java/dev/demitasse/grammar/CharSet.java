package dev.demitasse.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * A set of Unicode characters, without surrogates: those are halves of characters and have no UTF-8 form. Immutable.
 */
public final class CharSet {
    /** Every character. */
    public static final CharSet ALL = new CharSet(new int[] {0, 0xD7FF, 0xE000, Character.MAX_CODE_POINT});

    /** No character. */
    public static final CharSet NONE = new CharSet(new int[0]);

    /** First and last of each range, ascending, with a gap between ranges, [2 * ranges]. */
    private final int[] bounds;

    private CharSet(int[] bounds) {
        this.bounds = bounds;
    }

    /** The characters of a text. */
    public static CharSet of(String characters) {
        Builder builder = new Builder();
        characters.codePoints().forEach(c -> builder.add(c, c));
        return builder.build();
    }

    /** The characters from first to last, both included. */
    public static CharSet range(int first, int last) {
        return new Builder().add(first, last).build();
    }

    /** The characters that have a property. */
    static CharSet matching(IntPredicate property) {
        Builder builder = new Builder();
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            if (property.test(c)) {
                builder.add(c, c);
            }
        }
        return builder.build();
    }

    /** The characters of this set, the other, or both. */
    public CharSet or(CharSet other) {
        return new Builder().add(this).add(other).build();
    }

    /** The characters of both sets. */
    public CharSet and(CharSet other) {
        return complement().or(other.complement()).complement();
    }

    /** The characters of this set that the other lacks. */
    public CharSet minus(CharSet other) {
        return and(other.complement());
    }

    /** All other characters. */
    public CharSet complement() {
        Builder builder = new Builder();
        int next = 0;
        for (int i = 0; i < bounds.length; i += 2) {
            builder.add(next, bounds[i] - 1);
            next = bounds[i + 1] + 1;
        }
        return builder.add(next, Character.MAX_CODE_POINT).build();
    }

    boolean isEmpty() {
        return bounds.length == 0;
    }

    boolean contains(int character) {
        for (int i = 0; i < bounds.length && bounds[i] <= character; i += 2) {
            if (character <= bounds[i + 1]) {
                return true;
            }
        }
        return false;
    }

    int ranges() {
        return bounds.length / 2;
    }

    int first(int range) {
        return bounds[2 * range];
    }

    int last(int range) {
        return bounds[2 * range + 1];
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CharSet set && Arrays.equals(bounds, set.bounds);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bounds);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("[");
        for (int i = 0; i < bounds.length; i += 2) {
            text.append(Integer.toHexString(bounds[i]))
                    .append("-")
                    .append(Integer.toHexString(bounds[i + 1]))
                    .append(' ');
        }
        return text.append(']').toString();
    }

    /** Collects ranges in any order; they may overlap or be empty. */
    static final class Builder {
        private record Range(int first, int last) {}

        private static final int FIRST_SURROGATE = Character.MIN_SURROGATE;
        private static final int LAST_SURROGATE = Character.MAX_SURROGATE;

        private final List<Range> ranges = new ArrayList<>();

        Builder add(int first, int last) {
            addUnlessEmpty(first, Math.min(last, FIRST_SURROGATE - 1));
            addUnlessEmpty(Math.max(first, LAST_SURROGATE + 1), last);
            return this;
        }

        Builder add(CharSet set) {
            for (int i = 0; i < set.ranges(); i++) {
                add(set.first(i), set.last(i));
            }
            return this;
        }

        private void addUnlessEmpty(int first, int last) {
            if (first <= last) {
                ranges.add(new Range(first, last));
            }
        }

        CharSet build() {
            ranges.sort((a, b) -> Integer.compare(a.first, b.first));
            int[] bounds = new int[2 * ranges.size()];
            int size = 0;
            for (Range range : ranges) {
                if (size > 0 && range.first <= bounds[size - 1] + 1) {
                    bounds[size - 1] = Math.max(bounds[size - 1], range.last);
                } else {
                    bounds[size++] = range.first;
                    bounds[size++] = range.last;
                }
            }
            return new CharSet(Arrays.copyOf(bounds, size));
        }
    }
}
