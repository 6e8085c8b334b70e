package dev.demitasse.core.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Activations of 8 bits: what {@link RoundedRow} promises, that its fast twin has the same bits, and that factors add up. */
class RoundingTest {
    private static final int COLS = 4 * RoundedRow.BLOCK;

    /** Normal rows, flat ones, rows with outliers, tiny and huge ones. */
    private static List<float[]> rows() {
        Random random = new Random(11);
        float[] normal = new float[COLS];
        float[] flat = new float[COLS];
        float[] outliers = new float[COLS];
        float[] sizes = new float[COLS];
        for (int i = 0; i < COLS; i++) {
            normal[i] = (float) random.nextGaussian();
            flat[i] = random.nextBoolean() ? 1 + random.nextFloat() / 50 : -1;
            outliers[i] = i % 29 == 3 ? 1e4f : (float) random.nextGaussian();
            sizes[i] = (float) Math.scalb(random.nextGaussian(), 60 * (i / RoundedRow.BLOCK) - 120);
        }
        return List.of(normal, flat, outliers, sizes, new float[COLS]);
    }

    private static RoundedRow rounded(float[] x) {
        RoundedRow row = new RoundedRow();
        row.round(x, 0, COLS);
        return row;
    }

    @Test
    void codesAreNearAndNotTooLargeTogether() {
        for (float[] x : rows()) {
            RoundedRow row = rounded(x);
            for (int c = 0; c < COLS; c++) {
                float scale = row.scales()[c / RoundedRow.BLOCK];
                assertThat(row.values()[c]).isEqualTo(row.codes()[c] * scale);
                assertThat(Math.abs(row.codes()[c])).isLessThanOrEqualTo(127);
                // Half a code, and what a block of nothing but tiny numbers loses.
                assertThat(row.values()[c]).isCloseTo(x[c], within(0.501f * scale + 0x1p-112f));
            }
            for (int group = 0; group < COLS; group += RoundedRow.GROUP) {
                int sum = Arrays.stream(row.codes(), group, group + RoundedRow.GROUP)
                        .map(Math::abs)
                        .sum();
                assertThat(sum).isLessThanOrEqualTo(RoundedRow.MOST_IN_GROUP);
            }
        }
        assertThat(rounded(rows().getFirst()).scales()[0]).isNotZero();
        assertThat(Arrays.stream(rounded(rows().get(1)).codes()).max().orElseThrow())
                .as("the largest code of a row of equals")
                .isBetween(60, 64);
    }

    @Test
    void theVectorTwinHasTheSameBits() {
        assumeTrue(KernelSelection.all().size() > 1, "this JVM has no vector module");
        for (float[] x : rows()) {
            RoundedRow expected = rounded(x);
            RoundedRow got = new RoundedRow();
            float[] shifted = new float[COLS + 3];
            System.arraycopy(x, 0, shifted, 3, COLS);
            VectorRounding.round(shifted, 3, COLS, got);
            assertThat(got.codes()).isEqualTo(expected.codes());
            assertThat(got.scales()).containsExactly(expected.scales());
            assertThat(got.values()).containsExactly(expected.values());
        }
    }

    @Test
    void whatIsNotFiniteStaysSo() {
        for (float special : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            float[] x = rows().getFirst().clone();
            x[RoundedRow.BLOCK + 5] = special;
            RoundedRow row = rounded(x);
            assertThat(row.scales()[0]).isFinite();
            assertThat(Float.isFinite(row.scales()[1])).isFalse();
            assertThat(Float.isFinite(row.values()[RoundedRow.BLOCK + 5])).isFalse();
            if (KernelSelection.all().size() > 1) {
                VectorRounding.round(x, 0, COLS, row);
                assertThat(row.scales()[0]).isFinite();
                assertThat(Float.isFinite(row.scales()[1])).isFalse();
            }
        }
    }
}
