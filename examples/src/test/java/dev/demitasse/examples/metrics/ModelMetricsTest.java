package dev.demitasse.examples.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.demitasse.chat.testing.ScriptedModel;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ModelMetricsTest {
    @Test
    void aTurnIsCountedWithItsTokens() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (var model = ScriptedModel.replying("one two three");
                var chat = model.chat()) {
            new ModelMetrics(model).bindTo(registry);
            assertThat(counted(registry, "demitasse.turns", "outcome", "reply")).isZero();
            var usage = chat.send("hello").await().usage();
            assertThat(counted(registry, "demitasse.turns", "outcome", "reply")).isEqualTo(1);
            assertThat(counted(registry, "demitasse.turns", "outcome", "error")).isZero();
            assertThat(counted(registry, "demitasse.tokens", "kind", "prompt")).isEqualTo(usage.promptTokens());
            assertThat(counted(registry, "demitasse.tokens", "kind", "completion"))
                    .isEqualTo(usage.completionTokens());
            assertThat(registry.get("demitasse.turns.running").gauge().value()).isZero();
            assertThat(registry.get("demitasse.kv.budget").gauge().value()).isPositive();
            assertThat(registry.getMeters())
                    .hasSize(9)
                    .allSatisfy(meter -> assertThat(meter.getId().getTag("model"))
                            .isEqualTo(model.info().name()));
        }
    }

    private static double counted(SimpleMeterRegistry registry, String name, String tag, String value) {
        return registry.get(name).tag(tag, value).functionCounter().count();
    }
}
