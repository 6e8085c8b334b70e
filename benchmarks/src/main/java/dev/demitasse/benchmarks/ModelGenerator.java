package dev.demitasse.benchmarks;

import dev.demitasse.benchmarks.GgufOutput.Tensor;
import dev.demitasse.benchmarks.ModelFormat.Role;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Writes a GGUF file of the exact shape of Qwen2.5-0.5B with random weights and a made-up vocabulary, so that anybody can
 * measure without a download: speed does not depend on the values. The same arguments give the same bytes.
 *
 * <pre>{@code
 * java -cp benchmarks/target/benchmarks.jar dev.demitasse.benchmarks.ModelGenerator q4_k_m random-q4_k_m.gguf
 * }</pre>
 */
public final class ModelGenerator {
    private static final long SEED = 1;
    private static final int CHUNK_ROWS = 256;

    /** ChatML with a default system message. */
    private static final String CHAT_TEMPLATE =
            "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{"
                    + " '<|im_start|>system\n"
                    + "You speak at random.<|im_end|>\n"
                    + "' }}{% endif %}{{'<|im_start|>' + message['role'] + '\n"
                    + "' + message['content'] + '<|im_end|>' + '\n"
                    + "'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n"
                    + "' }}{% endif %}";

    private final ModelShape shape;
    private final ModelFormat format;
    private final GgufOutput output = new GgufOutput();
    private final RandomBlocks random = new RandomBlocks(SEED);

    private ModelGenerator(ModelShape shape, ModelFormat format) {
        this.shape = shape;
        this.format = format;
    }

    /** Arguments: the format and the file to write, which is replaced if it exists. */
    public static void main(String[] arguments) {
        if (arguments.length != 2) {
            fail("expected FORMAT OUT; a format is one of " + ModelFormat.names());
        }
        try {
            Path file = Path.of(arguments[1]);
            write(ModelShape.QWEN25_05B, ModelFormat.of(arguments[0]), file);
            System.out.println(file + ": " + Files.size(file) + " bytes");
        } catch (IllegalArgumentException e) {
            fail(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            fail("cannot write " + arguments[1] + ": " + e);
        }
    }

    private static void fail(String message) {
        System.err.println(message);
        System.exit(2);
    }

    /** Writes a model. */
    static void write(ModelShape shape, ModelFormat format, Path file) throws IOException {
        ModelGenerator generator = new ModelGenerator(shape, format);
        generator.declareKeys();
        generator.declareTensors();
        generator.output.write(file, generator::writeData);
    }

    /** The matrices that a model would have. */
    static List<Tensor> matrices(ModelShape shape, ModelFormat format) {
        ModelGenerator generator = new ModelGenerator(shape, format);
        generator.declareTensors();
        return generator.output.tensors().stream()
                .filter(tensor -> !tensor.isVector())
                .toList();
    }

    private void declareKeys() {
        output.text("general.architecture", "qwen2");
        output.text("general.name", "Random " + format.lowerCase());
        output.integer("qwen2.block_count", shape.layers());
        output.integer("qwen2.context_length", shape.context());
        output.integer("qwen2.embedding_length", shape.hidden());
        output.integer("qwen2.feed_forward_length", shape.intermediate());
        output.integer("qwen2.attention.head_count", shape.heads());
        output.integer("qwen2.attention.head_count_kv", shape.kvHeads());
        output.real("qwen2.rope.freq_base", 1e6f);
        output.real("qwen2.attention.layer_norm_rms_epsilon", 1e-6f);
        MadeUpVocabulary vocabulary = new MadeUpVocabulary(shape.vocabulary());
        output.text("tokenizer.ggml.model", "gpt2");
        output.text("tokenizer.ggml.pre", "qwen2");
        output.texts("tokenizer.ggml.tokens", vocabulary.tokens());
        output.integers("tokenizer.ggml.token_type", vocabulary.types());
        output.texts("tokenizer.ggml.merges", vocabulary.merges());
        output.integer("tokenizer.ggml.bos_token_id", vocabulary.endOfText());
        output.integer("tokenizer.ggml.eos_token_id", vocabulary.turnEnd());
        output.integer("tokenizer.ggml.padding_token_id", vocabulary.endOfText());
        output.text("tokenizer.chat_template", CHAT_TEMPLATE);
    }

    private void declareTensors() {
        matrix("token_embd", Role.EMBEDDING, 0, shape.vocabulary(), shape.hidden());
        output.vector("output_norm.weight", shape.hidden());
        for (int layer = 0; layer < shape.layers(); layer++) {
            String block = "blk." + layer + ".";
            output.vector(block + "attn_norm.weight", shape.hidden());
            output.vector(block + "ffn_norm.weight", shape.hidden());
            projection(block + "attn_q", Role.OTHER, layer, shape.hidden());
            projection(block + "attn_k", Role.OTHER, layer, shape.kvWidth());
            projection(block + "attn_v", Role.ATTENTION_VALUE, layer, shape.kvWidth());
            matrix(block + "attn_output", Role.ATTENTION_OUTPUT, layer, shape.hidden(), shape.hidden());
            matrix(block + "ffn_gate", Role.OTHER, layer, shape.intermediate(), shape.hidden());
            matrix(block + "ffn_up", Role.OTHER, layer, shape.intermediate(), shape.hidden());
            matrix(block + "ffn_down", Role.DOWN, layer, shape.hidden(), shape.intermediate());
        }
    }

    private void projection(String name, Role role, int layer, int rows) {
        matrix(name, role, layer, rows, shape.hidden());
        output.vector(name + ".bias", rows);
    }

    private void matrix(String name, Role role, int layer, int rows, int cols) {
        output.matrix(name + ".weight", format.type(role, layer, shape.layers(), cols), rows, cols);
    }

    private void writeData(Tensor tensor, OutputStream out) throws IOException {
        if (tensor.isVector()) {
            double mean = tensor.name().endsWith("norm.weight") ? 1 : 0;
            GgufOutput.writeFloats(out, tensor.cols(), () -> random.uniform(mean, 0.01));
            return;
        }
        for (int row = 0; row < tensor.rows(); row += CHUNK_ROWS) {
            int rows = Math.min(CHUNK_ROWS, tensor.rows() - row);
            byte[] chunk = new byte[Math.toIntExact(rows * tensor.type().rowBytes(tensor.cols()))];
            random.fill(tensor.type(), chunk);
            out.write(chunk);
        }
    }
}
