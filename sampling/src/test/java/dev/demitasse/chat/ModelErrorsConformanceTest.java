package dev.demitasse.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Every malformed model of the pack, as an application meets it: a typed failure, or an answer. The
 * module that reads the files counts these cases.
 */
@Timeout(300)
class ModelErrorsConformanceTest {
    @Test
    void malformedModelsFailAsTheirTypesSay() {
        Path pack = ConformanceReport.pack();
        List<String> wrong = new ArrayList<>();
        int cases = 0;
        for (Map<String, @Nullable Object> bad : ConformanceCases.read(pack.resolve("bad/cases.jsonl"))) {
            String file = String.valueOf(bad.get("file"));
            if ("tokenizer".equals(bad.get("format")) || "tokenizer".equals(bad.get("level"))) {
                continue;
            }
            cases++;
            String expect = String.valueOf(bad.get("expect"));
            Throwable failure = failureOf(pack.resolve("bad").resolve(file));
            // A safetensors file that is only to be parsed has no configuration beside it, and is no model.
            boolean mayFail = !expect.equals("accept") || "safetensors".equals(bad.get("format"));
            boolean good = failure == null
                    ? !expect.equals("reject")
                    : mayFail && failure instanceof DemitasseException && !isBlank(failure.getMessage());
            if (!good) {
                wrong.add(file + ": expected " + expect + ", got " + failure);
            }
        }
        assertThat(cases).isPositive();
        assertThat(wrong).isEmpty();
    }

    private static boolean isBlank(@Nullable String message) {
        return message == null || message.isBlank();
    }

    /** A model may turn out to be of no use only when it computes. */
    private static @Nullable Throwable failureOf(Path path) {
        try (RawModel model = RawModel.load(path);
                RawSequence sequence = model.newSequence()) {
            var _ = sequence.generate(new int[] {1, 2, 3}, ChatOptions.of(o -> o.maxTokens(2)), Set.of());
            return null;
        } catch (Throwable thrown) {
            return thrown;
        }
    }
}
