package dev.demitasse.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.core.ConformanceReport;
import dev.demitasse.core.kernels.KernelSelection;
import dev.demitasse.core.kernels.Kernels;
import dev.demitasse.core.kernels.KvType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The {@code trace_*} files of the conformance pack: every intermediate value of a short sequence. */
class TraceConformanceTest {
    private static final ConformanceReport REPORT = new ConformanceReport("traces");

    @AfterAll
    static void report() {
        REPORT.close();
    }

    @TestFactory
    List<DynamicTest> everyIntermediateValueIsThatOfTheReference() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        try (Stream<Path> files = Files.find(
                ConformanceReport.pack().resolve("models"),
                2,
                (path, _) -> path.getFileName().toString().startsWith("trace_"))) {
            for (Path trace : files.sorted().toList()) {
                for (Kernels kernels : KernelSelection.all()) {
                    String name = ConformanceReport.pack().relativize(trace) + ", " + kernels.name();
                    tests.add(DynamicTest.dynamicTest(name, () -> new Tracer(trace, kernels).check()));
                }
            }
        }
        assertThat(tests).isNotEmpty();
        return tests;
    }

    /** Looks at the activations of one forward pass between the layers. */
    private static final class Tracer {
        private final String file;
        private final ReferenceTensors references;
        private final Set<String> unchecked;
        private final TestModel model;
        private final Batch batch;
        private final Activations activations;
        private final DecoderConfig config;
        private final Kernels kernels;
        private final int rows;
        private float[] layerInput = {};

        Tracer(Path trace, Kernels kernels) {
            String[] parts =
                    trace.getFileName().toString().replace(".safetensors", "").split("_");
            String sequence = parts[parts.length - 1];
            TestJson expected = TestJson.read(trace.resolveSibling("expected.json"));
            String variant = String.join("_", Arrays.copyOfRange(parts, 1, parts.length - 1));
            String weights = expected.object("variants").object(variant).string("file");
            int[] tokens = expected.object("sequences").integers(sequence);
            this.file = ConformanceReport.pack().relativize(trace).toString();
            this.references = ReferenceTensors.read(trace);
            this.unchecked = new TreeSet<>(references.tensors().keySet());
            this.kernels = kernels;
            this.model = TestModel.open(trace.resolveSibling(weights), kernels, KvType.F32, 1);
            this.config = model.decoder.config();
            this.rows = tokens.length;
            this.batch = model.decoder.newBatch(rows);
            this.activations = batch.activations();
            KvCache cache = model.newCache();
            for (int token : tokens) {
                batch.add(token, cache, true);
            }
        }

        void check() {
            try (model) {
                checkRotaryTable();
                model.decoder.forward(batch, layer -> {
                    if (layer == 0) {
                        compare("embed", activations.x);
                    } else {
                        checkLayer(layer - 1);
                    }
                    layerInput = activations.x.clone();
                    return true;
                });
                checkLayer(config.layers() - 1);
                compare("final_norm", activations.normed);
                compare("logits", batch.logits());
                assertThat(unchecked)
                        .as("values of %s that nobody looked at", file)
                        .isEmpty();
            }
        }

        private void checkRotaryTable() {
            RotaryTable table = new RotaryTable(rows, config.headDim(), config.ropeTheta());
            compare("rope.cos", repeated(table.cos()));
            compare("rope.sin", repeated(table.sin()));
        }

        /** The reference keeps each angle twice, once for either half of the head. */
        private float[] repeated(float[] table) {
            int half = config.headDim() / 2;
            float[] twice = new float[rows * config.headDim()];
            for (int row = 0; row < rows; row++) {
                System.arraycopy(table, row * half, twice, row * config.headDim(), half);
                System.arraycopy(table, row * half, twice, row * config.headDim() + half, half);
            }
            return twice;
        }

        private void checkLayer(int index) {
            String prefix = "layer." + index + ".";
            DecoderWeights.Layer layer = model.weights.layers().get(index);
            compare(prefix + "input_norm", normed(layerInput, layer.inputNorm()));
            String queries = config.architecture().hasQueryKeyNorm() ? "q_norm" : "q";
            String keys = config.architecture().hasQueryKeyNorm() ? "k_norm" : "k";
            checkProjections(layer, prefix);
            compare(prefix + queries, unrotated(0, config.heads()));
            compare(prefix + keys, unrotated(config.querySize(), config.kvHeads()));
            compare(prefix + "attn_out", attentionOutput(layer));
            compare(prefix + "gate", columns(activations.gateUp, 0, config.intermediateSize()));
            compare(prefix + "up", columns(activations.gateUp, config.intermediateSize(), config.intermediateSize()));
            compare(prefix + "mlp_out", activations.projected);
            compare(prefix + "out", activations.x);
            compare(prefix + "post_norm", postNorm(layer));
        }

        private float[] normed(float[] x, float[] weight) {
            float[] normed = new float[x.length];
            for (int row = 0; row < rows; row++) {
                int offset = row * config.hiddenSize();
                kernels.rmsNorm(x, offset, weight, config.rmsNormEps(), normed, offset, config.hiddenSize());
            }
            return normed;
        }

        private float[] attentionOutput(DecoderWeights.Layer layer) {
            float[] output = new float[rows * config.hiddenSize()];
            model.multiply(layer.output(), activations.attended, rows, output);
            return output;
        }

        private float[] postNorm(DecoderWeights.Layer layer) {
            float[] x = layerInput.clone();
            kernels.add(x, 0, attentionOutput(layer), 0, x.length);
            return normed(x, layer.postAttentionNorm());
        }

        /** What the projections give before anything else happens to it. */
        private void checkProjections(DecoderWeights.Layer layer, String prefix) {
            float[] projected = new float[rows * config.queryKeyValueSize()];
            model.multiply(layer.queryKeyValue(), normed(layerInput, layer.inputNorm()), rows, projected);
            for (int row = 0; row < rows && layer.queryKeyValueBias().length > 0; row++) {
                int size = config.queryKeyValueSize();
                kernels.add(projected, row * size, layer.queryKeyValueBias(), 0, size);
            }
            int size = config.queryKeyValueSize();
            int keys = config.querySize();
            int values = keys + config.keySize();
            compare(prefix + "q", slice(projected, size, 0, config.querySize()));
            compare(prefix + "k", slice(projected, size, keys, config.keySize()));
            compare(prefix + "v", slice(projected, size, values, config.keySize()));
            compare(prefix + "v", slice(activations.queryKeyValue, size, values, config.keySize()));
        }

        private float[] columns(float[] matrix, int from, int count) {
            return slice(matrix, 2 * config.intermediateSize(), from, count);
        }

        private float[] slice(float[] matrix, int rowSize, int from, int count) {
            float[] slice = new float[rows * count];
            for (int row = 0; row < rows; row++) {
                System.arraycopy(matrix, row * rowSize + from, slice, row * count, count);
            }
            return slice;
        }

        /** Queries or keys as they were before rotary embedding: turned back by the negative angle. */
        private float[] unrotated(int from, int heads) {
            int size = heads * config.headDim();
            float[] vectors = slice(activations.queryKeyValue, config.queryKeyValueSize(), from, size);
            RotaryTable table = new RotaryTable(rows, config.headDim(), config.ropeTheta());
            float[] negative = table.sin().clone();
            for (int i = 0; i < negative.length; i++) {
                negative[i] = -negative[i];
            }
            for (int row = 0; row < rows; row++) {
                for (int head = 0; head < heads; head++) {
                    int offset = row * size + head * config.headDim();
                    kernels.rope(vectors, offset, table.cos(), negative, table.offset(row), config.headDim());
                }
            }
            return vectors;
        }

        private void compare(String name, float[] got) {
            float[] expected = references.get(name).values();
            REPORT.started(file);
            Precision.exact(kernels).check(file + " " + name, expected, Arrays.copyOf(got, expected.length));
            REPORT.passed(file);
            unchecked.remove(name);
        }
    }
}
