package dev.demitasse.chat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Writes a small Qwen2 model with random F32 weights, the vocabulary of {@link TestLanguage} and a ChatML template. */
public final class RandomGguf {
    static final int CONTEXT = 512;

    private static final int HIDDEN = 64;
    private static final int FFN = 96;
    private static final int LAYERS = 2;
    private static final int HEADS = 4;
    private static final int KV_HEADS = 2;
    private static final int HEAD_DIM = HIDDEN / HEADS;
    private static final int ALIGNMENT = 32;
    private static final int U32 = 4;
    private static final int I32 = 5;
    private static final int F32 = 6;
    private static final int STRING = 8;
    private static final int ARRAY = 9;
    /** A token type of GGUF. */
    private static final int UNUSED = 5;

    /** As files of many ChatML models have it, up to its system message. */
    private static final String TEMPLATE = "{% for message in messages %}{% if loop.first and messages[0]['role'] !="
            + " 'system' %}{{ '<|im_start|>system\n%s<|im_end|>\n' }}{% endif %}{{'<|im_start|>' +"
            + " message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if"
            + " add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    private final Random random = new Random(7);
    private final Bytes head = new Bytes();
    private final Bytes tensors = new Bytes();
    private final Bytes data = new Bytes();
    private int keyCount;
    private int tensorCount;

    private final int context;
    /** Number of ids. */
    private final int vocabularySize;

    private String system = "Be brief.";
    private Map<String, Float> sampling = Map.of();
    private @Nullable Integer topK;

    private RandomGguf(int context, int vocabularySize) {
        this.context = context;
        this.vocabularySize = vocabularySize;
    }

    /** Writes it into a folder. */
    public static Path write(Path folder) {
        return write(folder, CONTEXT);
    }

    static Path write(Path folder, int context) {
        return write(folder.resolve("random-" + context + ".gguf"), new RandomGguf(context, TestLanguage.SIZE));
    }

    /** With more ids than the vocabulary has tokens, for use with another tokenizer. */
    static Path writeWithIds(Path folder, int vocabularySize) {
        return write(folder.resolve("random-ids.gguf"), new RandomGguf(CONTEXT, vocabularySize));
    }

    /** With the sampling it recommends: real values by the end of their keys, and top-k. */
    static Path writeWithSampling(Path folder, String system, Map<String, Float> sampling, int topK) {
        RandomGguf model = new RandomGguf(CONTEXT, TestLanguage.SIZE);
        model.system = system;
        model.sampling = sampling;
        model.topK = topK;
        return write(folder.resolve("random-sampling.gguf"), model);
    }

    private static Path write(Path file, RandomGguf model) {
        try {
            Files.write(file, model.bytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file;
    }

    private byte[] bytes() {
        metadata();
        weights();
        Bytes file = new Bytes();
        file.put("GGUF".getBytes(StandardCharsets.US_ASCII));
        file.int32(3).int64(tensorCount).int64(keyCount);
        file.put(head.toByteArray());
        file.put(tensors.toByteArray());
        file.pad();
        file.put(data.toByteArray());
        return file.toByteArray();
    }

    private void metadata() {
        key("general.architecture", STRING).text("qwen2");
        key("general.name", STRING).text("random");
        key("general.license", STRING).text("apache-2.0");
        key("qwen2.context_length", U32).int32(context);
        key("qwen2.embedding_length", U32).int32(HIDDEN);
        key("qwen2.block_count", U32).int32(LAYERS);
        key("qwen2.feed_forward_length", U32).int32(FFN);
        key("qwen2.attention.head_count", U32).int32(HEADS);
        key("qwen2.attention.head_count_kv", U32).int32(KV_HEADS);
        key("qwen2.rope.freq_base", F32).float32(10_000);
        key("qwen2.attention.layer_norm_rms_epsilon", F32).float32(1e-6f);
        key("tokenizer.ggml.model", STRING).text("gpt2");
        key("tokenizer.ggml.pre", STRING).text("qwen2");
        List<String> tokens = new ArrayList<>(TestLanguage.tokens());
        int[] types = Arrays.copyOf(TestLanguage.tokenTypes(), vocabularySize);
        for (int id = tokens.size(); id < vocabularySize; id++) {
            tokens.add("<|unused " + id + "|>");
            types[id] = UNUSED;
        }
        texts("tokenizer.ggml.tokens", tokens);
        key("tokenizer.ggml.token_type", ARRAY).int32(I32).int64(types.length);
        for (int type : types) {
            head.int32(type);
        }
        texts("tokenizer.ggml.merges", TestLanguage.MERGES);
        key("tokenizer.ggml.eos_token_id", U32).int32(TestLanguage.IM_END);
        key("tokenizer.chat_template", STRING).text(TEMPLATE.replace("%s", system));
        sampling.forEach((name, value) -> key("general.sampling." + name, F32).float32(value));
        if (topK != null) {
            key("general.sampling.top_k", I32).int32(topK);
        }
    }

    private void weights() {
        matrix("token_embd.weight", vocabularySize, HIDDEN);
        vector("output_norm.weight", HIDDEN, 1);
        for (int layer = 0; layer < LAYERS; layer++) {
            String block = "blk." + layer + ".";
            vector(block + "attn_norm.weight", HIDDEN, 1);
            projection(block + "attn_q", HEADS * HEAD_DIM);
            projection(block + "attn_k", KV_HEADS * HEAD_DIM);
            projection(block + "attn_v", KV_HEADS * HEAD_DIM);
            matrix(block + "attn_output.weight", HIDDEN, HEADS * HEAD_DIM);
            vector(block + "ffn_norm.weight", HIDDEN, 1);
            matrix(block + "ffn_gate.weight", FFN, HIDDEN);
            matrix(block + "ffn_up.weight", FFN, HIDDEN);
            matrix(block + "ffn_down.weight", HIDDEN, FFN);
        }
    }

    private void projection(String name, int rows) {
        matrix(name + ".weight", rows, HIDDEN);
        vector(name + ".bias", rows, 0);
    }

    private void matrix(String name, int rows, int cols) {
        describe(name, cols, rows);
        for (int i = 0; i < rows * cols; i++) {
            data.float32((float) random.nextGaussian() * 0.3f);
        }
        data.pad();
    }

    private void vector(String name, int size, float mean) {
        describe(name, size);
        for (int i = 0; i < size; i++) {
            data.float32(mean + (float) random.nextGaussian() * 0.1f);
        }
        data.pad();
    }

    private void describe(String name, int... dimensionsInnermostFirst) {
        tensorCount++;
        tensors.text(name).int32(dimensionsInnermostFirst.length);
        for (int dimension : dimensionsInnermostFirst) {
            tensors.int64(dimension);
        }
        tensors.int32(0).int64(data.size());
    }

    private Bytes key(String key, int type) {
        keyCount++;
        return head.text(key).int32(type);
    }

    private void texts(String key, List<String> texts) {
        key(key, ARRAY).int32(STRING).int64(texts.size());
        for (String text : new ArrayList<>(texts)) {
            head.text(text);
        }
    }

    private static final class Bytes {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Bytes int32(int value) {
            return put(ByteBuffer.allocate(4)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(value)
                    .array());
        }

        Bytes int64(long value) {
            return put(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(value)
                    .array());
        }

        Bytes float32(float value) {
            int bits = Float.floatToRawIntBits(value);
            for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
                out.write(bits >> shift);
            }
            return this;
        }

        Bytes text(String text) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            return int64(utf8.length).put(utf8);
        }

        Bytes put(byte[] bytes) {
            out.writeBytes(bytes);
            return this;
        }

        void pad() {
            while (out.size() % ALIGNMENT != 0) {
                out.write(0);
            }
        }

        int size() {
            return out.size();
        }

        byte[] toByteArray() {
            return out.toByteArray();
        }
    }
}
