package dev.demitasse.chat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.DoubleConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What {@code generation_config.json} of a Hugging Face folder says: defaults of sampling, and tokens that end a turn.
 */
final class GenerationConfig {
    private final Path file;
    private final Map<String, @Nullable Object> values;

    private GenerationConfig(Path file, Map<String, @Nullable Object> values) {
        this.file = file;
        this.values = values;
    }

    /** @throws CorruptModelException if the file is not a JSON object */
    static GenerationConfig read(Path file) {
        return new GenerationConfig(file, JsonFile.readObject(file));
    }

    /** The options it sets; the rest is unset. */
    ChatOptions options() {
        ChatOptions.Builder options = ChatOptions.builder();
        try {
            setNumber("temperature", options::temperature);
            setNumber("top_k", k -> options.topK((int) k));
            setNumber("top_p", options::topP);
            setNumber("min_p", options::minP);
            setNumber("typical_p", options::typicalP);
            setNumber("repetition_penalty", options::repetitionPenalty);
        } catch (IllegalArgumentException e) {
            throw new CorruptModelException(file + ": " + e.getMessage(), e);
        }
        if (Boolean.FALSE.equals(values.get("do_sample"))) {
            options.greedy();
        }
        return options.build();
    }

    /** Tokens that end the model's turn: {@code eos_token_id}, an integer or a list of them. */
    Set<Integer> endTokens() {
        Object eos = values.get("eos_token_id");
        List<@Nullable Object> listed = new ArrayList<>();
        switch (eos) {
            case null -> {}
            case List<?> list -> listed.addAll(list);
            default -> listed.add(eos);
        }
        Set<Integer> ends = new TreeSet<>();
        for (Object token : listed) {
            if (!(token instanceof Integer id) || id < 0) {
                throw new CorruptModelException(
                        file + ": eos_token_id: found " + token + "; expected token ids of 0 or more");
            }
            ends.add(id);
        }
        return ends;
    }

    private void setNumber(String key, DoubleConsumer option) {
        Object value = values.get(key);
        switch (value) {
            case null -> {}
            case Number number -> option.accept(number.doubleValue());
            default -> throw new CorruptModelException(file + ": " + key + ": found " + value + "; expected a number");
        }
    }
}
