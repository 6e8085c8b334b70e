package dev.demitasse.core.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.demitasse.core.tensor.DType;
import dev.demitasse.core.tensor.Matrix;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Weights in another storage type: ggml's bytes, and the values that they stand for. */
class QuantizerTest {
    private static final Pattern FIELD = Pattern.compile("\"(\\w+)\":\"([^\"]*)\"");

    /** The bytes of values in a type, by the quantiser over a matrix of F32. */
    static byte[] encode(DType type, float[] x) {
        return convert(matrix(x, 1), type);
    }

    private static Matrix matrix(float[] values, int rows) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return new Matrix("w", rows, values.length / rows, DType.F32, MemorySegment.ofArray(bytes.array()));
    }

    private static byte[] convert(Matrix matrix, DType type) {
        byte[] out = new byte[(int) (matrix.rows() * type.rowBytes(matrix.cols()))];
        new Quantizer().convert(matrix, 0, matrix.rows(), type, MemorySegment.ofArray(out));
        return out;
    }

    @Test
    void allKindsOfBlocksAreThoseOfGgml() {
        int compared = 0;
        for (String line : goldenLines()) {
            String name = "";
            float[] x = {};
            Matcher field = FIELD.matcher(line);
            while (field.find()) {
                switch (field.group(1)) {
                    case "name" -> name = field.group(2);
                    case "x" -> x = floats(field.group(2));
                    default -> {
                        DType type = DType.valueOf(field.group(1));
                        assertThat(HexFormat.of().formatHex(encode(type, x)))
                                .as("%s, %s", name, type)
                                .isEqualTo(field.group(2));
                        compared++;
                    }
                }
            }
        }
        assertThat(compared).isEqualTo(16 * 10);
    }

    private static List<String> goldenLines() {
        try (InputStream in = QuantizerTest.class.getResourceAsStream("quantized_blocks.jsonl")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static float[] floats(String hex) {
        float[] floats = new float[hex.length() / 8];
        ByteBuffer.wrap(HexFormat.of().parseHex(hex))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(floats);
        return floats;
    }

    /** Largest error of a value, as a share of the largest value of its block, that a type's number of levels allows. */
    private static double limit(DType type) {
        return switch (type) {
            case F32 -> 0;
            case F16 -> 1e-3;
            case BF16 -> 1 / 256.0;
            case Q8_0 -> 1 / 220.0;
            case Q6_K -> 1 / 28.0;
            case Q5_0, Q5_1, Q5_K -> 1 / 13.0;
            default -> 1 / 6.0;
        };
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void whatWasEncodedDecodesToNearlyTheSame(DType type) {
        Random random = new Random(5);
        float[] x = new float[3 * 512];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) random.nextGaussian();
        }
        Matrix matrix = matrix(x, 3);
        if (!Quantizer.canWrite(type)) {
            assertThatThrownBy(() -> convert(matrix, type))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(type.name());
            return;
        }
        byte[] encoded = convert(matrix, type);
        float[] decoded = new float[x.length];
        BlockDecoder.decode(type, MemorySegment.ofArray(encoded), 0, x.length, decoded, 0);
        for (int i = 0; i < x.length; i++) {
            int block = i / 32 * 32;
            double largest = Math.abs(BlockEncoder.largest(x, block, 32));
            assertThat(Math.abs(decoded[i] - x[i])).as("%s, value %d", type, i).isLessThanOrEqualTo((float)
                    (limit(type) * largest));
        }
    }

    @Test
    void rowsCanBeConvertedInParts() {
        Random random = new Random(6);
        float[] x = new float[7 * 256];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) random.nextGaussian();
        }
        Matrix matrix = matrix(x, 7);
        byte[] whole = convert(matrix, DType.Q4_K);
        byte[] parts = new byte[whole.length];
        Quantizer quantizer = new Quantizer();
        quantizer.convert(matrix, 5, 2, DType.Q4_K, MemorySegment.ofArray(parts).asSlice(5 * 144, 2 * 144));
        quantizer.convert(matrix, 0, 5, DType.Q4_K, MemorySegment.ofArray(parts).asSlice(0, 5 * 144));
        assertThat(parts).isEqualTo(whole);
    }

    @Test
    void whatCannotBeStoredIsNamed() {
        float[] x = new float[64];
        x[33] = Float.NaN;
        assertThatThrownBy(() -> convert(matrix(x, 2), DType.Q8_0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tensor w, row 1, column 1")
                .hasMessageContaining("NaN");
        x[33] = 65_520;
        assertThatThrownBy(() -> convert(matrix(x, 2), DType.F16))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("BF16");
        x[33] = 65_519;
        assertThat(convert(matrix(x, 2), DType.F16)).hasSize(128);
        assertThatThrownBy(() -> convert(matrix(new float[96], 1), DType.Q4_K))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("96");
    }
}
