package dev.demitasse.core.model;

import dev.demitasse.core.format.FileFormatException;
import dev.demitasse.core.format.FileFormatException.Kind;
import dev.demitasse.core.format.TensorFile;
import dev.demitasse.core.format.TensorInfo;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * How one file format spells the names of a decoder's tensors; those of a layer follow its prefix.
 *
 * @param headsAreInterleaved whether the rows of a Llama head that rotary embedding turns together lie side by side
 */
record TensorNames(
        String embedding,
        String finalNorm,
        String head,
        IntFunction<String> layerPrefix,
        String inputNorm,
        String query,
        String key,
        String value,
        String queryNorm,
        String keyNorm,
        String output,
        String postAttentionNorm,
        String gate,
        String up,
        String down,
        boolean headsAreInterleaved) {

    /** Left over in old checkpoints; computed from the configuration. */
    private static final String ROTARY_FREQUENCIES = "rotary_emb.inv_freq";

    static final String WEIGHT = ".weight";
    static final String BIAS = ".bias";

    /** As llama.cpp writes them. */
    static final TensorNames GGUF = new TensorNames(
            "token_embd.weight",
            "output_norm.weight",
            "output.weight",
            layer -> "blk." + layer + ".",
            "attn_norm.weight",
            "attn_q",
            "attn_k",
            "attn_v",
            "attn_q_norm.weight",
            "attn_k_norm.weight",
            "attn_output.weight",
            "ffn_norm.weight",
            "ffn_gate.weight",
            "ffn_up.weight",
            "ffn_down.weight",
            true);

    /** As Hugging Face transformers writes them. */
    static final TensorNames HUGGING_FACE = new TensorNames(
            "model.embed_tokens.weight",
            "model.norm.weight",
            "lm_head.weight",
            layer -> "model.layers." + layer + ".",
            "input_layernorm.weight",
            "self_attn.q_proj",
            "self_attn.k_proj",
            "self_attn.v_proj",
            "self_attn.q_norm.weight",
            "self_attn.k_norm.weight",
            "self_attn.o_proj.weight",
            "post_attention_layernorm.weight",
            "mlp.gate_proj.weight",
            "mlp.up_proj.weight",
            "mlp.down_proj.weight",
            false);

    /** Whether a tensor holds the projection to queries or to keys. */
    boolean isQueryOrKey(String name) {
        return name.endsWith(query + WEIGHT) || name.endsWith(key + WEIGHT);
    }

    /**
     * Compares the tensors of a file with those that a configuration needs.
     *
     * @throws FileFormatException if one is missing, unknown, or of another shape or type than supported
     */
    void check(TensorFile file, DecoderConfig config) {
        Map<String, List<Long>> expected = shapes(config);
        expected.forEach((name, shape) -> checkTensor(file.tensor(name), shape));
        for (TensorInfo tensor : file.tensors().values()) {
            boolean tiedHead = config.tied() && tensor.name().equals(head);
            if (tiedHead) {
                checkTensor(tensor, shape(config.vocabularySize(), config.hiddenSize()));
            } else if (!expected.containsKey(tensor.name()) && !tensor.name().endsWith(ROTARY_FREQUENCIES)) {
                throw new FileFormatException(
                        Kind.EXTRA_TENSOR,
                        tensor.file(),
                        "tensor " + tensor.name(),
                        "a tensor that a " + config.architecture().id() + " model does not have",
                        "only the tensors of " + config.layers() + " layers, embedding and head",
                        "The model would compute something else without it.");
            }
        }
    }

    /**
     * The tensors of a file by the names that they have in GGUF files.
     *
     * @param file a file that was checked
     * @throws FileFormatException if its weights lie in another order than those of GGUF files
     */
    Map<String, String> inGguf(TensorFile file, DecoderConfig config) {
        Map<String, String> names = new LinkedHashMap<>();
        if (equals(GGUF)) {
            file.tensors().keySet().forEach(name -> names.put(name, name));
            return names;
        }
        if (config.architecture() == Architecture.LLAMA) {
            throw new FileFormatException(
                    Kind.UNSUPPORTED,
                    file.path(),
                    "model_type",
                    "a folder of a " + config.architecture().id() + " model",
                    "qwen2 or qwen3, to be written as GGUF",
                    "Convert it with llama.cpp's convert_hf_to_gguf.py.");
        }
        // Both spellings list the same tensors in the same order.
        Iterator<String> own = shapes(config).keySet().iterator();
        GGUF.shapes(config).keySet().forEach(name -> names.put(name, own.next()));
        return names;
    }

    private static void checkTensor(TensorInfo tensor, List<Long> expected) {
        tensor.type();
        if (!tensor.shape().equals(expected)) {
            throw new FileFormatException(
                    Kind.SHAPE_MISMATCH,
                    tensor.file(),
                    "tensor " + tensor.name(),
                    "shape " + tensor.shape(),
                    "shape " + expected + ", as the configuration says",
                    "Configuration and weights are not of the same model.");
        }
    }

    /** The shape of every tensor that a model has, by name. */
    private Map<String, List<Long>> shapes(DecoderConfig config) {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        int hidden = config.hiddenSize();
        shapes.put(embedding, shape(config.vocabularySize(), hidden));
        shapes.put(finalNorm, shape(hidden));
        if (!config.tied()) {
            shapes.put(head, shape(config.vocabularySize(), hidden));
        }
        for (int i = 0; i < config.layers(); i++) {
            String prefix = layerPrefix.apply(i);
            shapes.put(prefix + inputNorm, shape(hidden));
            putProjection(shapes, config, prefix + query, config.querySize());
            putProjection(shapes, config, prefix + key, config.keySize());
            putProjection(shapes, config, prefix + value, config.keySize());
            if (config.architecture().hasQueryKeyNorm()) {
                shapes.put(prefix + queryNorm, shape(config.headDim()));
                shapes.put(prefix + keyNorm, shape(config.headDim()));
            }
            shapes.put(prefix + output, shape(hidden, config.querySize()));
            shapes.put(prefix + postAttentionNorm, shape(hidden));
            shapes.put(prefix + gate, shape(config.intermediateSize(), hidden));
            shapes.put(prefix + up, shape(config.intermediateSize(), hidden));
            shapes.put(prefix + down, shape(hidden, config.intermediateSize()));
        }
        return shapes;
    }

    private static void putProjection(Map<String, List<Long>> shapes, DecoderConfig config, String stem, int rows) {
        shapes.put(stem + WEIGHT, shape(rows, config.hiddenSize()));
        if (config.architecture().hasQueryKeyValueBias()) {
            shapes.put(stem + BIAS, shape(rows));
        }
    }

    private static List<Long> shape(long... dimensions) {
        return Arrays.stream(dimensions).boxed().toList();
    }
}
