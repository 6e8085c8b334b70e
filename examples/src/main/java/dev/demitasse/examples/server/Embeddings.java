package dev.demitasse.examples.server;

import dev.demitasse.chat.LanguageModel;
import dev.demitasse.chat.Pooling;
import dev.demitasse.tokenizer.SpecialTokens;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;

/**
 * {@code POST /v1/embeddings}, and Ollama's {@code /api/embed}. A request takes the place of one reply, and its texts are read
 * some at a time.
 */
final class Embeddings {
    private static final int MOST_INPUTS = 2048;
    private static final int WAVE = 16;

    private final LanguageModel model;
    private final ServedModel served;
    private final Replies replies;

    Embeddings(LanguageModel model, ServedModel served, Replies replies) {
        this.model = model;
        this.served = served;
        this.replies = replies;
    }

    /** As OpenAI has it. */
    void openAis(Exchange exchange) throws InterruptedException {
        Fields fields = new Fields(Json.readObject(exchange.body()), "");
        boolean base64 = "base64".equals(choice(fields, "encoding_format", "float", "base64"));
        refuseOtherSize(fields);
        List<TokenInputs.Input> inputs = inputs(fields);
        List<Map<String, Object>> data = new ArrayList<>();
        for (float[] vector : embed(inputs, fields, exchange)) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("object", "embedding");
            entry.put("index", data.size());
            entry.put("embedding", base64 ? base64(vector) : vector);
            data.add(entry);
        }
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("object", "list");
        body.put("data", data);
        body.put("model", served.id());
        body.put("usage", Map.of("prompt_tokens", tokens(inputs), "total_tokens", tokens(inputs)));
        exchange.respondJson(200, body);
    }

    /** As Ollama has it, but for what does not fit the context: that is refused, never cut. */
    void ollamas(Exchange exchange) throws InterruptedException {
        Fields fields = new Fields(Json.readObject(exchange.body()), "");
        refuseOtherSize(fields);
        List<TokenInputs.Input> inputs = inputs(fields);
        long start = System.nanoTime();
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("model", served.id());
        body.put("embeddings", embed(inputs, fields, exchange));
        body.put("total_duration", System.nanoTime() - start);
        body.put("prompt_eval_count", tokens(inputs));
        exchange.respondJson(200, body);
    }

    private List<TokenInputs.Input> inputs(Fields fields) {
        return new TokenInputs("input", model, SpecialTokens.NONE, MOST_INPUTS, model.contextSize()).read(fields);
    }

    private static int tokens(List<TokenInputs.Input> inputs) {
        return inputs.stream().mapToInt(input -> input.tokens().length).sum();
    }

    private void refuseOtherSize(Fields fields) {
        int size = model.info().hiddenSize();
        Integer wanted = fields.integer("dimensions", 1, Integer.MAX_VALUE);
        if (wanted != null && wanted != size) {
            throw ApiException.unsupported("dimensions", "embeddings of this model have " + size + "; leave it out");
        }
    }

    private List<float[]> embed(List<TokenInputs.Input> inputs, Fields fields, Exchange exchange)
            throws InterruptedException {
        Pooling pooling = "last".equals(choice(fields, "pooling", "mean", "last")) ? Pooling.LAST : Pooling.MEAN;
        List<float[]> vectors = new ArrayList<>();
        try (Admission.Places _ = replies.enter(1, exchange)) {
            for (int begin = 0; begin < inputs.size(); begin += WAVE) {
                if (!exchange.timeLeft().isPositive()) {
                    throw ApiException.timeout(exchange.requestTimeout().toSeconds());
                }
                List<int[]> wave = inputs.subList(begin, Math.min(inputs.size(), begin + WAVE)).stream()
                        .map(TokenInputs.Input::tokens)
                        .toList();
                vectors.addAll(model.embedTokens(wave, pooling));
            }
        } catch (CancellationException _) {
            throw new InterruptedException("the client left, or the server ends");
        }
        return vectors;
    }

    /** One of two values of a field, the first if it is missing. */
    private static String choice(Fields fields, String name, String first, String second) {
        String value = fields.text(name);
        if (value == null || value.equals(first)) {
            return first;
        }
        if (!value.equals(second)) {
            throw ApiException.badField(name, "expected " + first + " or " + second);
        }
        return second;
    }

    /** Little-endian floats, as OpenAI's clients ask for them. */
    private static String base64(float[] vector) {
        ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(vector);
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
